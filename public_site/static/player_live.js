// The live edge: parts of 200 ms come by websocket, are appended as they come, and played as near to their end as the
// line allows. It catches up by playing a little faster, and comes back by itself when camera, server or network do.
//
// A message in bytes: two with the length of the head, the head in JSON ("run": an init segment follows; "part"), the
// rest. In text: {"type": "wait"} while there is no picture, "closed" in a closed part. The recording (player.js) is what one goes back in.

import { tracksOf } from "./player_film.js";

const HOLD_S = 0.08; // of film left when the next part comes, on a line that never stutters
const HOLD_MOST_S = 1.5;
const CALM_MS = 10_000; // without a stutter: it holds less
const FASTEST = 1.2;
const SLOWEST = 0.95;
const TICK_MS = 100;
const LOW_TICKS = 8; // the least that was left in so many ticks is what counts
const LEAP_S = 8; // further behind, as after a sleep: nothing is won by playing it
const BEHIND_S = 30; // kept in memory
const FIRST_S = 1; // where the film begins; before it is room for sound that begins earlier
const SILENT_MS = 6000; // a line that brings nothing for so long is made again
const WAITING_MS = 30_000; // … and one on which we were told to wait
const AGAIN_MS = [250, 4000];
const TRIES = 4; // in vain from the beginning: then by segments
const IDLE_MS = 4000; // paused for longer: it goes on from there, as a recording
const RETURN_MS = 15_000; // by segments meanwhile

const OVER = 4410;
const UNKNOWN = 4404;
const REFUSED = 4415;
const NO_FEED = 4503;

export const sources = () => window.ManagedMediaSource ?? window.MediaSource;

export class LiveEdge {
  constructor(player) {
    const [sitting, camera] = player.recording.manifest.recording.split("/");
    this.player = player;
    this.video = player.video;
    this.url = `/live/video?${new URLSearchParams({ sitting, camera })}`;
    this.queue = [];
    this.spans = []; // which wall time is where in the film
    this.head = null; // of the run
    this.next = null; // ticks
    this.hold = HOLD_S;
    this.lows = [];
    this.settled = false;
    this.tries = 0;
    this.heard = false;
    this.listeners = new AbortController();
  }

  open() {
    const { signal } = this.listeners;
    const Source = sources();
    this.source = new Source();
    if (Source === window.ManagedMediaSource) this.video.disableRemotePlayback = true;
    const url = URL.createObjectURL(this.source);
    this.source.addEventListener("sourceopen", () => (URL.revokeObjectURL(url), this.pump()), { signal });
    this.video.src = url;
    this.video.addEventListener("waiting", () => this.stutter(), { signal });
    this.video.addEventListener("pause", () => this.paused(), { signal });
    this.video.addEventListener("play", () => this.played(), { signal });
    this.video.addEventListener("error", () => this.fail(), { signal });
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.connect();
  }

  close() {
    this.closed = true;
    this.listeners.abort();
    clearInterval(this.timer);
    clearTimeout(this.again);
    clearTimeout(this.resting);
    this.hangUp();
    this.video.playbackRate = 1;
  }

  // --- the line ---

  connect() {
    const line = new WebSocket(this.url.replace(/^/, location.origin.replace(/^http/, "ws")));
    line.binaryType = "arraybuffer";
    this.line = line;
    this.told = performance.now();
    this.waits = false;
    line.onmessage = (event) => this.line === line && this.hear(event.data);
    line.onclose = (event) => this.line === line && this.lost(event.code);
  }

  hangUp() {
    const { line } = this;
    this.line = null;
    line?.close();
  }

  lost(code) {
    this.line = null;
    if (code === OVER) return this.player.leave(this.wall);
    if (code === REFUSED) return this.player.leave(null); // by segments, where this browser plays them
    this.tries += 1;
    if (code === NO_FEED || code === UNKNOWN || (!this.heard && this.tries >= TRIES)) return this.player.bySegments(RETURN_MS);
    this.player.say("offline");
    const pause = Math.min(AGAIN_MS[1], AGAIN_MS[0] * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.again = setTimeout(() => this.connect(), pause);
  }

  hear(data) {
    this.told = performance.now();
    this.heard = true;
    this.tries = 0;
    if (typeof data === "string") return this.words(JSON.parse(data));
    const size = new DataView(data).getUint16(0);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 2, size)));
    this.waits = false;
    this.player.say(null);
    this.queue.push({ head, body: new Uint8Array(data, 2 + size) });
    this.pump();
  }

  words(told) {
    this.waits = told.type !== "refused";
    if (told.type !== "closed") return this.player.say(told.type === "refused" ? "refused" : "camera");
    this.player.say("closed", { reason: told.reason, time: this.player.signs.clock.format(new Date(told.since)) });
  }

  // --- the film ---

  pump() {
    while (this.queue.length && !this.closed) {
      if (this.source.readyState !== "open" || this.buffer?.updating) return;
      const { head, body } = this.queue.shift();
      try {
        if (head.type === "run") this.begin(head, body);
        else if (head.type === "part") this.append(head, body);
      } catch (error) {
        if (error.name !== "QuotaExceededError") return this.fail();
        this.forget(1);
      }
    }
    if (!this.queue.length && !this.closed) this.forget(BEHIND_S);
  }

  begin(head, body) {
    if (this.head?.run === head.run) return;
    if (this.head && tracksOf(this.head) !== tracksOf(head)) return this.player.goLive(); // with sound or without: a film anew
    const type = `video/mp4; codecs="${head.codec}"`;
    if (!sources().isTypeSupported(type)) return this.player.refuse("unsupported");
    this.head = head;
    this.next = null;
    if (this.buffer) this.buffer.changeType(type);
    else {
      this.buffer = this.source.addSourceBuffer(type);
      this.buffer.addEventListener("updateend", () => this.pump(), { signal: this.listeners.signal });
      this.buffer.addEventListener("error", () => this.fail(), { signal: this.listeners.signal });
    }
    this.buffer.appendBuffer(body);
  }

  append(head, body) {
    if (this.head?.run !== head.run || (this.next !== null && head.start < this.next)) return; // told again
    const { timescale } = this.head;
    if (head.start !== this.next) this.shift = (this.end ?? FIRST_S) - head.start / timescale; // a hole is closed up
    this.next = head.start + head.duration;
    this.buffer.timestampOffset = this.shift;
    this.spans.push({ from: head.start / timescale + this.shift, to: this.next / timescale + this.shift, wall: head.at_us / 1000 });
    this.buffer.appendBuffer(body);
  }

  // A browser that cannot go on plays what is recorded, and begins anew later.
  fail() {
    if (!this.closed) this.player.bySegments(RETURN_MS);
  }

  forget(seconds) {
    const limit = this.video.currentTime - seconds;
    if (!this.buffer || this.buffer.updating || !this.spans.length || this.spans[0].from > limit - 10) return;
    this.spans = this.spans.filter((span) => span.to > limit);
    this.buffer.remove(0, limit);
  }

  get end() {
    return this.spans.at(-1)?.to;
  }

  // The wall time shown, in ms; null before the first picture.
  get wall() {
    const at = this.video.currentTime;
    const span = this.spans.findLast((one) => one.from <= at) ?? this.spans[0];
    return span ? span.wall + 1000 * Math.min(Math.max(0, at - span.from), span.to - span.from) : null;
  }

  // Nothing comes: what is shown is the last picture there was.
  get still() {
    return !this.line || this.waits || this.line.readyState !== WebSocket.OPEN;
  }

  // How far behind the hall, in seconds: what is not yet played, and what a part takes to get here.
  get delay() {
    return this.end === undefined ? null : this.end - this.video.currentTime + 0.25;
  }

  // --- the pace ---

  tick() {
    const now = performance.now();
    if (this.line && now - this.told > (this.waits ? WAITING_MS : SILENT_MS)) {
      const { line } = this;
      this.line = null;
      line.close();
      this.lost(1006);
    }
    const { buffered, currentTime } = this.video;
    if (!buffered.length || this.queue.length) return;
    const end = buffered.end(buffered.length - 1);
    if (!this.settled) return this.settle(end, now);
    if (end - currentTime > LEAP_S) {
      this.settled = false;
      return;
    }
    if (currentTime < buffered.start(buffered.length - 1) - 0.05) this.video.currentTime = buffered.start(buffered.length - 1) + 0.01;
    if (this.video.defaultPlaybackRate !== 1) return this.player.leave(this.wall); // the viewer chose another speed
    this.lows.push(end - currentTime);
    if (this.lows.length > LOW_TICKS) this.lows.shift();
    if (now - (this.stuttered ?? 0) > CALM_MS && this.hold > HOLD_S) {
      this.hold = Math.max(HOLD_S, this.hold * 0.75);
      this.stuttered = now;
    }
    const spare = Math.min(...this.lows) - this.hold;
    const rate = Math.abs(spare) < 0.04 ? 1 : Math.min(FASTEST, Math.max(SLOWEST, 1 + spare / 2));
    if (Math.abs(rate - this.video.playbackRate) >= 0.01) this.video.playbackRate = Math.round(rate * 100) / 100;
  }

  // What was kept for whoever comes has come: from its end on it is live.
  settle(end, now) {
    if (now - this.told < 60 && end - this.video.buffered.start(0) < 3) return;
    this.settled = true;
    this.lows = [];
    this.video.currentTime = Math.max(this.video.buffered.start(0), end - this.hold - 0.2);
    if (!this.player.paused) this.video.play().catch(() => {});
  }

  stutter() {
    const now = performance.now();
    if (!this.settled || this.video.seeking || !this.line || this.waits || now - (this.stuttered ?? 0) < 1000) return;
    this.stuttered = now;
    this.hold = Math.min(HOLD_MOST_S, this.hold + 0.08);
  }

  paused() {
    if (this.player.paused === false && document.hidden) return; // by the browser, out of sight
    const { wall } = this;
    this.resting = setTimeout(() => {
      this.rested = wall;
      this.hangUp();
      clearTimeout(this.again);
    }, IDLE_MS);
  }

  played() {
    clearTimeout(this.resting);
    if (this.rested !== undefined) this.player.leave(this.rested);
  }
}

// What stands over the picture: whether it is live, the way back to it, the clock in the hall.
export class LiveSigns {
  constructor(player) {
    const { sayLive, sayGoLive, sayDelay, zone } = player.element.dataset;
    this.player = player;
    this.delay = sayDelay ?? "";
    this.clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this.tag = document.createElement("span");
    this.tag.className = "tag";
    const dot = document.createElement("span");
    dot.className = "live-dot";
    this.tag.append(dot, sayLive ?? "");
    this.time = document.createElement("span");
    this.time.className = "tag right";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "go-live";
    this.button.textContent = sayGoLive ?? "";
    this.button.addEventListener("click", () => player.goLive());
    player.element.append(this.tag, this.time, this.button);
    this.timer = setInterval(() => this.show(), 500);
    this.show();
  }

  show() {
    const { edge, live, element } = this.player;
    const wall = edge?.wall ?? null;
    element.classList.toggle("at-edge", Boolean(edge));
    this.tag.hidden = wall === null || edge.still;
    this.time.hidden = wall === null;
    this.button.hidden = Boolean(edge) || !live || this.player.refused || !sources();
    if (wall === null) return;
    const delay = this.delay.replace("{seconds}", String(Math.max(1, Math.ceil(edge.delay))));
    const words = [this.clock.format(new Date(wall)), ...(edge.still ? [] : [delay])].join(" · ");
    if (this.time.textContent !== words) this.time.textContent = words;
  }

  close() {
    clearInterval(this.timer);
  }
}
