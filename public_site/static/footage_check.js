// The visitor's own check: the bytes that were played, hashed here and held against the seals in the ledger.
//
// A player tells what it has fetched by the event "fetched" {manifest, segment, media, init}, and by "lost" {manifest,
// segment} what the server does not have. How a seal's root is computed: voting/footage.py. Nothing here is waited for.

const LOOK_MS = 15_000; // for new seals, while something that was played is in none
const JOIN_MS = 1000; // less between two segments is no hole
const MOVED_MS = 10_000; // a clock that was measured moves the times of a recording by less

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const text = new TextEncoder();

const digest = (...parts) => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return crypto.subtle.digest("SHA-256", all).then((hash) => new Uint8Array(hash));
};

// The root of a seal over segments whose SHA-256 are `hashes`, in hexadecimal.
export async function sealRoot(run, first, hashes) {
  const leaf = (hash, i) => digest([0], text.encode(`hlasno/segment/1\n${run}\n${first + i}\n${hash}`));
  const root = async (leaves) => {
    if (leaves.length === 1) return leaves[0];
    let split = 1;
    while (split * 2 < leaves.length) split *= 2;
    return digest([1], await root(leaves.slice(0, split)), await root(leaves.slice(split)));
  };
  return hex(await root(await Promise.all(hashes.map(leaf))));
}

async function json(url) {
  const answer = await fetch(url, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

// The seals of one camera's recording, read when they are needed.
class Seals {
  constructor(recording) {
    const [sitting, camera] = recording.split("/");
    this.url = `/sittings/${sitting}/footage.json?camera=${camera}`;
    this.known = [];
    this.readAt = -Infinity;
    this.details = new Map(); // seq -> promise
  }

  find(run, n) {
    return this.known.find((seal) => seal.run === run && seal.first <= n && n < seal.first + seal.count);
  }

  async of(run, n) {
    const found = this.find(run, n);
    if (found) return found;
    if (performance.now() - this.readAt > LOOK_MS / 2) {
      this.readAt = performance.now();
      this.reading = json(this.url).then(({ seals }) => (this.known = seals));
    }
    await this.reading; // of whoever asked first
    return this.find(run, n);
  }

  // The hashes a seal was made of, by number; null if they do not give its root.
  hashes(seal) {
    if (!this.details.has(seal.seq)) this.details.set(seal.seq, this.read(seal).catch((error) => this.forget(seal, error)));
    return this.details.get(seal.seq);
  }

  async read(seal) {
    const { segments } = await json(seal.url);
    const hashes = segments.map((segment) => segment.sha256);
    const whole = hashes.length === seal.count && (await sealRoot(seal.run, seal.first, hashes)) === seal.root;
    return whole ? new Map(segments.map((segment) => [segment.n, segment.sha256])) : null;
  }

  forget(seal, error) {
    this.details.delete(seal.seq);
    throw error;
  }
}

export class FootageCheck {
  constructor(element, player) {
    this.element = element;
    this.seals = new Map(); // recording -> Seals
    this.played = new Map(); // recording and url -> {segment, run, n, hash, state, seq}
    this.inits = new Map(); // run -> promise of the hash
    this.can = Boolean(globalThis.crypto?.subtle);
    player.addEventListener("fetched", ({ detail }) => this.fetched(detail));
    player.addEventListener("lost", ({ detail }) => this.lost(detail));
  }

  say(name, values = {}) {
    const words = this.element.dataset[`say${name}`] ?? "";
    return words.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
  }

  note(manifest, segment) {
    const key = `${manifest.recording} ${segment.url}`;
    if (!this.played.has(key)) {
      const [, run, n] = /\/video\/([^/]+)\/(\d+)\.m4s/.exec(segment.url) ?? [null, segment.run, NaN];
      this.played.set(key, { recording: manifest.recording, segment, run, n: Number(n), state: "unsealed", seq: null });
    }
    return this.played.get(key);
  }

  async fetched({ manifest, segment, media, init }) {
    const piece = this.note(manifest, segment);
    if (!this.can) return this.show();
    if (init) this.inits.set(piece.run, digest(new Uint8Array(init)).then(hex));
    piece.hash = await digest(new Uint8Array(media)).then(hex);
    piece.state = "unsealed"; // whatever was found of it before
    await this.judge(piece);
    this.show();
  }

  lost({ manifest, segment }) {
    this.note(manifest, segment).state = "missing";
    this.show();
  }

  async judge(piece) {
    if (!this.seals.has(piece.recording)) this.seals.set(piece.recording, new Seals(piece.recording));
    const seals = this.seals.get(piece.recording);
    try {
      const seal = await seals.of(piece.run, piece.n);
      if (!seal) return this.later();
      piece.seq = seal.seq;
      const hashes = await seals.hashes(seal);
      const init = await this.inits.get(piece.run);
      const same = hashes?.get(piece.n) === piece.hash && (init === undefined || init === seal.init);
      const at = Date.parse(piece.segment.started_at); // as the player shows it, and as it was sealed
      const then = at >= Date.parse(seal.from) - MOVED_MS && at <= Date.parse(seal.to) + MOVED_MS;
      piece.state = same && then ? "intact" : "altered";
    } catch {
      this.later(); // no line to the seals: nothing is claimed
    }
  }

  later() {
    this.timer ??= setTimeout(async () => {
      this.timer = undefined;
      const waiting = [...this.played.values()].filter((piece) => piece.state === "unsealed" && piece.hash);
      for (const piece of waiting) await this.judge(piece);
      this.show();
    }, LOOK_MS);
  }

  // [[from, to], …] in ms since 1970: what was played and is in one state, holes left out.
  ranges(state) {
    const ranges = [];
    const pieces = [...this.played.values()].filter((piece) => piece.state === state);
    const spans = pieces.map(({ segment }) => [Date.parse(segment.started_at), segment.duration_ms]);
    for (const [start, length] of spans.sort((a, b) => a[0] - b[0])) {
      const last = ranges.at(-1);
      if (last && start - last[1] < JOIN_MS) last[1] = Math.max(last[1], start + length);
      else ranges.push([start, start + length]);
    }
    return ranges;
  }

  times(state) {
    const zone = this.element.dataset.zone;
    const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: zone, hourCycle: "h23" });
    const of = ([from, to]) => this.say("Range", { from: clock.format(from), to: clock.format(to) });
    return this.ranges(state).map(of).join(", ");
  }

  entries() {
    const seqs = [...this.played.values()].filter((piece) => piece.state === "intact").map((piece) => piece.seq);
    const [low, high] = [Math.min(...seqs), Math.max(...seqs)];
    return low === high ? String(low) : `${low}–${high}`;
  }

  show() {
    const wrong = ["altered", "missing"].filter((state) => this.ranges(state).length);
    const right = ["intact", "unsealed"].filter((state) => this.can && this.ranges(state).length);
    const line = (state) => {
      const times = this.times(state);
      const name = state[0].toUpperCase() + state.slice(1);
      return this.say(name, { times, entries: state === "intact" ? this.entries() : "" });
    };
    this.write(".footage-wrong", wrong.map(line).join(" "));
    this.write(".footage-right", this.can ? right.map(line).join(" ") : this.say("Insecure"));
    this.element.hidden = false;
  }

  write(selector, words) {
    const part = this.element.querySelector(selector);
    if (part.textContent !== words) part.textContent = words;
    part.hidden = !words;
  }
}

for (const element of document.querySelectorAll(".footage-check")) {
  const player = element.closest(".video-card")?.querySelector(".player");
  if (player) element.check = new FootageCheck(element, player);
}
