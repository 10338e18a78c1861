// The player: plays a recording from its own segments by Media Source Extensions, native HLS where there is none.
//
// <div class="player" data-manifest="…video.json" data-hls="….m3u8" data-at="2017-11-22T10:26:23.140Z" data-live="true">
//   poster, link
// </div>
//
// The manifest lists runs and segments with their place in the recording (gaps closed up); while a sitting is live it
// grows. What is in memory of them is player_film.js, the edge of what goes on player_live.js. Where a card has controls
// (player_controls.html) they replace the browser's own.

import { Controls } from "./player_controls.js";
import { Film, canPlay, isH265, takes } from "./player_film.js";
import { LiveEdge, LiveSigns, sources } from "./player_live.js";
import { Recording, wallOf } from "./recording.js";
import "./footage_check.js";

const POLL_MS = 1500;
const LIVE_DELAY_MS = 3000;
const FOLLOWS_MS = 10_000; // so near the end one is watching what goes on
const EDGE_POLL_MS = 6000;
const DECODES_AHEAD_MS = 600;
const READ_MS = 60_000; // a manifest that is not here by then is asked for again
const TORN_MOST = 5; // pieces in a row that cannot be read: then it is not the pieces

export class Player {
  constructor(element) {
    this.element = element;
    this.live = element.dataset.live === "true";
    this.startWall = element.dataset.at ? wallOf(element.dataset.at) : null;
    this.url = element.dataset.manifest;
    this.recording = null;
    this.film = null; // of the recording, where the browser takes segments
    this.edge = null; // of what goes on, while one is there
    this.closed = false;
    this.paused = false; // by the viewer's wish
    this.controlled = false;
    this.unreadable = new Set(); // urls of segments that ended a film
    this.tornInRow = 0;
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
    for (const name of ["timeupdate", "seeking", "waiting", "play"]) video.addEventListener(name, () => this.film?.fill());
    video.addEventListener("error", () => this.torn());
    video.addEventListener("playing", () => (this.tornInRow = 0));
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

  // From the edge into the recording, at a wall time; or within it, to runs that a film of their own is needed for.
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

  // A piece that the browser cannot read, as an altered one, ends its film: another begins behind it. While it plays the
  // browser reads ahead.
  torn() {
    const { film, recording, video } = this;
    if (!film || video.error?.code !== MediaError.MEDIA_ERR_DECODE || (this.tornInRow += 1) > TORN_MOST) return this.say("failed");
    const ahead = film.wantedMs === undefined && !video.seeking && video.currentTime > 0 ? DECODES_AHEAD_MS : 0;
    const at = this.playheadMs;
    const segment = film.broken ?? recording.segments[Math.max(0, recording.at(at + ahead))];
    this.unreadable.add(segment.url);
    this.element.dispatchEvent(new Event("torn"));
    const next = recording.segments.find((one) => one.start_ms > segment.start_ms && !this.unreadable.has(one.url));
    if (at < segment.start_ms - ahead) this.leave(recording.wall(at));
    else if (next) this.leave(recording.wall(next.start_ms));
  }

  forsake() {
    this.edge?.close();
    this.film?.close();
    this.edge = this.film = null;
    this.refused = false;
    this.video.controls = !this.controlled;
    this.say(null);
  }

  open() {
    const { runs } = this.recording.manifest;
    const Source = sources();
    if (runs.length && runs.every((run) => isH265(run) && !canPlay(run, this.video))) return this.refuse(this.live ? "refused" : "h265");
    if (!runs.some((run) => takes(Source, run))) return this.openHls();
    this.film = new Film(this, Source, () => {
      if (this.film.wantedMs === undefined) this.seekToStart(); // else somebody was quicker
      this.film.fill();
    });
  }

  // There will be no picture here, and none is waited for.
  refuse(word) {
    this.forsake();
    this.refused = true;
    this.video.controls = false;
    this.video.removeAttribute("src");
    this.video.load();
    this.say(word);
  }

  async readManifest() {
    const { url } = this;
    const recording = await this.read(url);
    if (url !== this.url) return; // the camera was changed meanwhile
    this.recording = recording;
    this.live = recording.manifest.open;
  }

  async read(url) {
    const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(READ_MS) });
    if (!answer.ok) throw new Error(`manifest: ${answer.status}`);
    return new Recording(await answer.json());
  }

  // Another camera at the same moment; true if it filmed it, null if yet another one was chosen meanwhile.
  async change(url, hls) {
    this.chosen = url;
    const recording = await this.read(url);
    if (this.chosen !== url) return null;
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

  get endMs() { return this.recording.endMs; }

  seekToStart() {
    const place = this.startWall === null ? null : this.recording.place(this.startWall);
    const none = this.live || this.startWall !== null ? Math.max(0, this.endMs - LIVE_DELAY_MS) : 0;
    this.seek(place ? place.ms : none);
  }

  seek(ms) {
    if (this.film && this.video.error) return this.leave(this.recording.wall(Math.min(Math.max(0, ms), this.endMs - 20)));
    if (this.edge && ms >= this.playheadMs - 250) return;
    if (this.edge) return this.leave(this.recording.wall(Math.min(Math.max(0, ms), this.endMs - 20)));
    if (this.live && this.endMs && ms >= this.endMs - 50 && sources()) return this.goLive();
    const at = Math.min(Math.max(0, ms), Math.max(0, this.endMs - 20));
    const { film, recording } = this;
    if (film && !film.fits(recording.segments[recording.at(at)])) return this.leave(recording.wall(at));
    film?.want(at);
    this.video.currentTime = at / 1000;
    this.film?.fill();
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
    return this.film?.wantedMs ?? this.video.currentTime * 1000;
  }

  play() {
    this.paused = false;
    this.video.play().catch(() => {}); // a browser may refuse to start by itself; the controls are there
  }

  async poll() {
    if (this.closed || !this.live || this.polling || (this.edge && Date.now() - this.polled < EDGE_POLL_MS)) return;
    this.polled = Date.now();
    this.polling = true;
    try {
      await this.readManifest();
      if (!this.edge && !this.refused) this.say(null);
      this.film?.fill();
    } catch {
      if (!this.edge) this.say("offline");
    } finally {
      this.polling = false;
    }
  }

  say(word, values = {}) {
    this.message.hidden = word === null;
    const text = word === null ? "" : (this.element.dataset[`say${word[0].toUpperCase()}${word.slice(1)}`] ?? "");
    this.message.textContent = text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    this.edge?.close();
    this.film?.close();
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

for (const poster of document.querySelectorAll("img.poster")) {
  const missing = () => poster.classList.add("is-missing");
  if (poster.complete && poster.naturalWidth === 0) missing();
  else poster.addEventListener("error", missing);
}

// A player starts when its button is pressed, or at once where data-autostart says so.
for (const element of document.querySelectorAll(".player")) {
  let begun = false; // twice, and each key would be heard twice
  const begin = () => {
    if (begun) return;
    begun = true;
    mount(element).catch(() => {
      begun = false;
      element.classList.add("player-failed");
    });
  };
  if (element.dataset.autostart === "true") begin();
  else
    element.querySelector("a, button")?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      begin();
    });
}
