// The player: plays a recording from its own segments by Media Source Extensions, native HLS where there is none.
//
// <div class="player" data-manifest="…video.json" data-hls="….m3u8" data-at="2017-11-22T10:26:23.140Z" data-live="true">
//   poster, link
// </div>
//
// The manifest lists runs and segments with their place in the recording (gaps closed up). A segment is appended with
// the timestampOffset that puts its run there. Only the neighbourhood of the playhead is kept in memory. While a sitting
// is live the manifest grows. Where a card has controls (player_controls.html) they replace the browser's own.

import { Controls } from "./player_controls.js";
import { LiveEdge, LiveSigns, sources } from "./player_live.js";
import { Recording, wallOf } from "./recording.js";
import "./footage_check.js";

const AHEAD_MS = 20_000;
const BEHIND_MS = 60_000;
const POLL_MS = 1500;
const LIVE_DELAY_MS = 3000;
const FOLLOWS_MS = 10_000; // so near the end one is watching what goes on
const EDGE_POLL_MS = 6000;
const GONE = [404, 410];

class Gone extends Error {} // a file that the server does not have
class Away extends Error {} // a file that lies where the server does not reach it now

export class Player {
  constructor(element) {
    this.element = element;
    this.live = element.dataset.live === "true";
    this.startWall = element.dataset.at ? wallOf(element.dataset.at) : null;
    this.url = element.dataset.manifest;
    this.recording = null;
    this.appended = new Map(); // url -> segment
    this.gone = new Set(); // urls the server has no file for
    this.forgotten = 0; // s; what lies before it is just being taken out of memory
    this.busy = false;
    this.run = null;
    this.failures = 0;
    this.closed = false;
    this.epoch = 0; // counts the cameras changed to
    this.paused = false; // by the viewer's wish
    this.controlled = false;
  }

  async start() {
    await this.readManifest();
    const video = document.createElement("video");
    video.controls = !this.controlled;
    video.playsInline = true;
    video.preload = "auto";
    video.muted = this.live; // browsers let only silent video start by itself
    video.tabIndex = 0;
    if (this.element.dataset.label) video.setAttribute("aria-label", this.element.dataset.label);
    this.video = video;
    this.message = document.createElement("p");
    this.message.className = "player-message";
    this.message.setAttribute("role", "status");
    this.message.hidden = true;
    this.element.replaceChildren(video, this.message);
    for (const name of ["timeupdate", "seeking", "waiting", "play"]) video.addEventListener(name, () => this.fill());
    video.addEventListener("error", () => this.say("failed"));
    this.timer = setInterval(() => this.poll(), POLL_MS);
    this.signs = new LiveSigns(this);
    if (this.live && this.startWall === null && sources()) return this.goLive();
    this.open();
    this.play();
  }

  // --- the live edge (player_live.js): while there is one, nothing is read from the recording ---

  goLive() {
    clearTimeout(this.returning);
    this.forsake();
    this.edge = new LiveEdge(this);
    this.edge.open();
    this.play();
    this.signs.show();
    this.element.dispatchEvent(new Event("moved"));
  }

  // From the edge into the recording, at a wall time.
  leave(wall) {
    const { paused } = this;
    this.forsake();
    this.startWall = wall;
    this.open();
    if (!paused) this.play();
    this.signs.show();
    this.poll();
  }

  // The recorder tells no parts here: as near as segments get, and the edge is looked for again.
  bySegments(milliseconds) {
    this.leave(null);
    this.returning = setTimeout(() => this.live && !this.edge && this.endMs - this.playheadMs < FOLLOWS_MS && this.goLive(), milliseconds);
  }

  forsake() {
    this.edge?.close();
    this.edge = this.source = null;
    this.say(null);
    this.appended.clear();
    this.run = null;
    this.buffer = null;
    this.wantedMs = undefined;
    this.forgotten = 0;
    this.epoch += 1;
  }

  open() {
    const first = this.recording.manifest.runs[0];
    const codec = first && `video/mp4; codecs="${first.codec}"`;
    const Source = window.ManagedMediaSource ?? window.MediaSource;
    if (Source && codec && Source.isTypeSupported(codec)) this.openSource(Source);
    else this.openHls();
  }

  async readManifest() {
    this.recording = await this.read(this.url);
    this.live = this.recording.manifest.open;
  }

  async read(url) {
    const answer = await fetch(url, { cache: "no-store" });
    if (!answer.ok) throw new Error(`manifest: ${answer.status}`);
    return new Recording(await answer.json());
  }

  // Another camera at the same moment; true if it filmed it.
  async change(url, hls) {
    const recording = await this.read(url);
    const { wall, paused } = this;
    const rate = this.video.playbackRate;
    this.url = url;
    this.recording = recording;
    this.live = recording.manifest.open;
    this.element.dataset.hls = hls;
    this.element.dataset.camera = recording.manifest.camera;
    if (this.edge) return this.goLive() ?? true;
    this.forsake();
    this.startWall = wall;
    this.open();
    this.video.playbackRate = this.video.defaultPlaybackRate = rate;
    if (!paused) this.play();
    return Boolean(recording.place(wall)?.filmed);
  }

  openHls() {
    if (!this.element.dataset.hls || !this.video.canPlayType("application/vnd.apple.mpegurl")) return this.say("unsupported");
    this.video.src = this.element.dataset.hls;
    this.video.addEventListener("loadedmetadata", () => this.seekToStart(), { once: true });
  }

  openSource(Source) {
    const source = new Source();
    this.source = source;
    if (Source === window.ManagedMediaSource) this.video.disableRemotePlayback = true;
    this.video.src = URL.createObjectURL(this.source);
    source.addEventListener(
      "sourceopen",
      () => {
        if (this.source !== source) return; // the camera was changed meanwhile
        this.buffer = null;
        this.seekToStart();
        this.fill();
      },
      { once: true },
    );
  }

  get endMs() { return this.recording.endMs; }

  seekToStart() {
    const place = this.startWall === null ? null : this.recording.place(this.startWall);
    const none = this.live || this.startWall !== null ? Math.max(0, this.endMs - LIVE_DELAY_MS) : 0;
    this.seek(place ? place.ms : none);
  }

  seek(ms) {
    if (this.edge && ms >= this.playheadMs - 250) return;
    if (this.edge) return this.leave(this.recording.wall(Math.min(Math.max(0, ms), this.endMs - 20)));
    if (this.live && this.endMs && ms >= this.endMs - 50 && sources()) return this.goLive();
    const at = Math.min(Math.max(0, ms), Math.max(0, this.endMs - 20));
    this.wantedMs = this.source && !this.covers(at) ? at : undefined;
    this.video.currentTime = at / 1000;
    this.fill();
    this.element.dispatchEvent(new Event("moved"));
  }

  // To a wall time; false if this camera did not film it (then the next picture is shown, or nothing moves).
  seekWall(wall) {
    const place = this.recording.place(wall);
    if (place) this.seek(place.ms);
    return Boolean(place?.filmed);
  }

  get wall() {
    return this.edge?.wall ?? this.recording.wall(this.playheadMs);
  }

  get playheadMs() {
    if (this.edge) return this.endMs + Math.max(0, (this.edge.wall ?? 0) - (this.recording.wall(this.endMs) ?? Infinity));
    return this.wantedMs ?? this.video.currentTime * 1000;
  }

  play() {
    this.paused = false;
    this.video.play().catch(() => {}); // a browser may refuse to start by itself; the controls are there
  }

  async poll() {
    if (this.closed || !this.live || (this.edge && Date.now() - this.polled < EDGE_POLL_MS)) return;
    this.polled = Date.now();
    try {
      await this.readManifest();
      if (!this.edge) this.say(null);
      this.fill();
    } catch {
      if (!this.edge) this.say("offline");
    }
  }

  wanted() {
    const at = this.playheadMs;
    return this.recording.segments.slice(Math.max(0, this.recording.at(at) - 1)).find(
      (segment) =>
        segment.start_ms + segment.duration_ms > at &&
        segment.start_ms < at + AHEAD_MS &&
        !this.appended.has(segment.url),
    );
  }

  async fill() {
    if (this.busy || this.closed || this.edge || !this.source || this.source.readyState === "closed") return;
    this.busy = true;
    const epoch = this.epoch;
    try {
      let segment;
      while (this.epoch === epoch && (segment = this.wanted())) {
        await this.append(segment, epoch).catch((error) => this.pass(segment, epoch, error));
        this.failures = 0;
        this.say(null);
      }
      if (this.epoch === epoch) {
        await this.forget();
        this.finish();
        this.leap();
        if (this.wanted()) setTimeout(() => this.fill()); // asked for while the old was being forgotten
      }
    } catch (error) {
      if (this.epoch !== epoch) return; // of a camera that was left
      this.failures += 1;
      this.say(error instanceof Away ? "archive" : "offline");
      setTimeout(() => this.fill(), Math.min(8000, 500 * 2 ** this.failures));
    } finally {
      this.busy = false;
      if (this.epoch !== epoch) setTimeout(() => this.fill());
    }
  }

  async bytes(url) {
    const answer = await fetch(url);
    if (GONE.includes(answer.status)) throw new Gone(url);
    if (answer.status === 503) throw new Away(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.arrayBuffer();
  }

  updated(start) {
    const { buffer, source } = this;
    return new Promise((resolve, reject) => {
      const done = () => (cleanup(), resolve());
      const failed = () => (cleanup(), reject(new Error("the browser refused a segment")));
      const cleanup = () => {
        buffer.removeEventListener("updateend", done);
        buffer.removeEventListener("error", failed);
        source.removeEventListener("sourceclose", failed); // the camera was changed
      };
      buffer.addEventListener("updateend", done);
      buffer.addEventListener("error", failed);
      source.addEventListener("sourceclose", failed);
      start();
    });
  }

  async append(segment, epoch) {
    const run = this.recording.runs.get(segment.run);
    const type = `video/mp4; codecs="${run.codec}"`;
    const [media, init] = await Promise.all([this.bytes(segment.url), this.run === run.id ? null : this.bytes(run.init)]);
    if (this.epoch !== epoch || this.source.readyState === "closed") return;
    this.tell("fetched", { segment, media, init });
    if (!this.buffer) this.buffer = this.source.addSourceBuffer(type);
    if (this.run !== run.id) {
      if (this.run !== null) this.buffer.changeType(type);
      await this.updated(() => this.buffer.appendBuffer(init));
      this.run = run.id;
    }
    this.buffer.timestampOffset = this.recording.shift(segment);
    await this.updated(() => this.buffer.appendBuffer(media));
    if (this.epoch !== epoch) return;
    this.appended.set(segment.url, segment);
    if (this.wantedMs !== undefined && this.covers(this.wantedMs)) {
      this.video.currentTime = this.wantedMs / 1000;
      this.wantedMs = undefined;
      if (!this.paused) this.play();
    }
  }

  // What is heard of by footage_check.js.
  tell(name, detail) {
    const { manifest } = this.recording;
    this.element.dispatchEvent(new CustomEvent(name, { detail: { manifest, ...detail } }));
  }

  // A piece that is gone is passed over, as a gap is; any other failure is met by trying again.
  pass(segment, epoch, error) {
    if (!(error instanceof Gone) || this.epoch !== epoch) throw error;
    this.appended.set(segment.url, segment);
    this.gone.add(segment.url);
    this.tell("lost", { segment });
  }

  leap() {
    const { seeking, readyState } = this.video;
    const stalls = !seeking && readyState === HTMLMediaElement.HAVE_CURRENT_DATA; // with sound, before the very end
    const next = this.recording.segments[this.recording.at(this.playheadMs + (stalls ? 1000 : 100))];
    const end = next && next.start_ms + next.duration_ms;
    if (next && this.gone.has(next.url) && end < this.endMs) this.seek(end);
  }

  covers(ms) {
    const at = ms / 1000;
    if (!this.buffer || at < this.forgotten) return false;
    for (let i = 0; i < this.buffer.buffered.length; i += 1)
      if (this.buffer.buffered.start(i) <= at + 0.05 && this.buffer.buffered.end(i) > at) return true;
    return false;
  }

  async forget() {
    if (!this.buffer || this.buffer.updating) return;
    const limit = this.playheadMs - BEHIND_MS;
    const old = [...this.appended.values()].filter((segment) => segment.start_ms + segment.duration_ms < limit);
    if (!old.length) return;
    for (const segment of old) this.appended.delete(segment.url);
    this.forgotten = Math.max(...old.map((segment) => segment.start_ms + segment.duration_ms)) / 1000;
    await this.updated(() => this.buffer.remove(0, this.forgotten)).finally(() => (this.forgotten = 0));
  }

  finish() {
    if (this.live || !this.buffer || this.buffer.updating || this.source.readyState !== "open") return;
    this.source.duration = this.endMs / 1000;
  }

  say(word) {
    this.message.hidden = word === null;
    this.message.textContent = word === null ? "" : (this.element.dataset[`say${word[0].toUpperCase()}${word.slice(1)}`] ?? "");
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    this.edge?.close();
    this.signs.close();
    this.element.replaceChildren();
  }
}

// Start a player in the element's place; links elsewhere on the page with data-at move it.
export async function mount(element) {
  const player = new Player(element);
  element.player = player;
  const card = element.closest(".video-card");
  const bar = card?.querySelector(".controls");
  player.controlled = Boolean(bar);
  await player.start();
  if (bar) player.controls = new Controls(player, card);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-at]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    player.seekWall(wallOf(link.dataset.at));
    player.play();
    history.replaceState(null, "", link.href);
    player.video.scrollIntoView({ block: "nearest" });
    player.video.focus({ preventScroll: true });
  });
  return player;
}

// A player starts when its button is pressed, or at once where data-autostart says so.
for (const element of document.querySelectorAll(".player")) {
  const begin = () => mount(element).catch(() => element.classList.add("player-failed"));
  if (element.dataset.autostart === "true") begin();
  else
    element.querySelector("a, button")?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      begin();
    });
}
