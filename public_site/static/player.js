// The player: plays a recording from its own segments by Media Source Extensions, native HLS where there is none.
//
// <div class="player" data-manifest="…video.json" data-hls="….m3u8" data-at-ms="12345" data-live="true">poster, link</div>
//
// The manifest lists runs and segments with their place in the recording (gaps closed up). A segment is appended with
// the timestampOffset that puts its run there, so the media's own times never matter here. Only the neighbourhood of
// the playhead is kept in memory. While a sitting is live the manifest is read again and grows.

const AHEAD_MS = 20_000;
const BEHIND_MS = 60_000;
const POLL_MS = 1500;
const LIVE_DELAY_MS = 3000;

export class Player {
  constructor(element) {
    this.element = element;
    this.live = element.dataset.live === "true";
    this.startMs = element.dataset.atMs === undefined ? null : Number(element.dataset.atMs);
    this.manifest = null;
    this.appended = new Map(); // url -> segment
    this.busy = false;
    this.run = null;
    this.seekedTo = null;
    this.failures = 0;
    this.closed = false;
  }

  async start() {
    await this.readManifest();
    const video = document.createElement("video");
    video.controls = true;
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
    const codec = this.manifest.runs[0] && `video/mp4; codecs="${this.manifest.runs[0].codec}"`;
    const Source = window.ManagedMediaSource ?? window.MediaSource;
    if (Source && codec && Source.isTypeSupported(codec)) this.openSource(Source);
    else this.openHls();
    video.addEventListener("error", () => this.say("failed"));
    this.play();
  }

  async readManifest() {
    const answer = await fetch(this.element.dataset.manifest, { cache: "no-store" });
    if (!answer.ok) throw new Error(`manifest: ${answer.status}`);
    this.manifest = await answer.json();
    this.runs = new Map(this.manifest.runs.map((run) => [run.id, run]));
    this.live = this.manifest.live;
  }

  openHls() {
    if (!this.element.dataset.hls || !this.video.canPlayType("application/vnd.apple.mpegurl")) return this.say("unsupported");
    this.video.src = this.element.dataset.hls;
    this.video.addEventListener("loadedmetadata", () => this.seekToStart(), { once: true });
  }

  openSource(Source) {
    this.source = new Source();
    if (Source === window.ManagedMediaSource) this.video.disableRemotePlayback = true;
    this.video.src = URL.createObjectURL(this.source);
    this.source.addEventListener(
      "sourceopen",
      () => {
        this.buffer = null;
        this.seekToStart();
        this.fill();
        for (const name of ["timeupdate", "seeking", "waiting", "play"]) this.video.addEventListener(name, () => this.fill());
        this.timer = setInterval(() => this.poll(), POLL_MS);
      },
      { once: true },
    );
  }

  get endMs() {
    return this.manifest.duration_ms;
  }

  seekToStart() {
    let target = this.startMs;
    if (target === null || Number.isNaN(target)) target = this.live ? Math.max(0, this.endMs - LIVE_DELAY_MS) : 0;
    this.seek(Math.min(Math.max(0, target), Math.max(0, this.endMs - 100)));
  }

  seek(ms) {
    this.wantedMs = ms;
    if (this.video.readyState > 0 || !this.source) this.video.currentTime = ms / 1000;
  }

  get playheadMs() {
    return this.wantedMs ?? this.video.currentTime * 1000;
  }

  play() {
    this.video.play().catch(() => {}); // a browser may refuse to start by itself; the controls are there
  }

  async poll() {
    if (this.closed || !this.live) return;
    try {
      await this.readManifest();
      this.say(null);
      this.fill();
    } catch {
      this.say("offline");
    }
  }

  wanted() {
    const at = this.playheadMs;
    return this.manifest.segments.find(
      (segment) =>
        segment.start_ms + segment.duration_ms > at &&
        segment.start_ms < at + AHEAD_MS &&
        !this.appended.has(segment.url),
    );
  }

  async fill() {
    if (this.busy || this.closed || !this.source || this.source.readyState === "closed") return;
    this.busy = true;
    try {
      let segment;
      while ((segment = this.wanted())) {
        await this.append(segment);
        this.failures = 0;
        this.say(null);
      }
      this.forget();
      this.finish();
    } catch (error) {
      this.failures += 1;
      this.say("offline");
      setTimeout(() => this.fill(), Math.min(8000, 500 * 2 ** this.failures));
    } finally {
      this.busy = false;
    }
  }

  async bytes(url) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.arrayBuffer();
  }

  updated(start) {
    return new Promise((resolve, reject) => {
      const done = () => (cleanup(), resolve());
      const failed = () => (cleanup(), reject(new Error("the browser refused a segment")));
      const cleanup = () => {
        this.buffer.removeEventListener("updateend", done);
        this.buffer.removeEventListener("error", failed);
      };
      this.buffer.addEventListener("updateend", done);
      this.buffer.addEventListener("error", failed);
      start();
    });
  }

  async append(segment) {
    const run = this.runs.get(segment.run);
    const type = `video/mp4; codecs="${run.codec}"`;
    const media = await this.bytes(segment.url);
    if (!this.buffer) this.buffer = this.source.addSourceBuffer(type);
    if (this.run !== run.id) {
      const init = await this.bytes(run.init);
      if (this.run !== null) this.buffer.changeType(type);
      await this.updated(() => this.buffer.appendBuffer(init));
      this.run = run.id;
    }
    this.buffer.timestampOffset = (segment.start_ms - segment.media_start_ms) / 1000;
    await this.updated(() => this.buffer.appendBuffer(media));
    this.appended.set(segment.url, segment);
    if (this.wantedMs !== undefined && this.covers(this.wantedMs)) {
      this.video.currentTime = this.wantedMs / 1000;
      this.wantedMs = undefined;
      this.play();
    }
  }

  covers(ms) {
    const at = ms / 1000;
    for (let i = 0; i < this.buffer.buffered.length; i += 1)
      if (this.buffer.buffered.start(i) <= at + 0.05 && this.buffer.buffered.end(i) > at) return true;
    return false;
  }

  forget() {
    const limit = this.playheadMs - BEHIND_MS;
    if (!this.buffer || this.buffer.updating) return;
    const old = [...this.appended.values()].filter((segment) => segment.start_ms + segment.duration_ms < limit);
    if (!old.length) return;
    for (const segment of old) this.appended.delete(segment.url);
    this.buffer.remove(0, Math.max(...old.map((segment) => segment.start_ms + segment.duration_ms)) / 1000);
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
    this.element.replaceChildren();
  }
}

// Start a player in the element's place; links elsewhere on the page with data-seek-ms move it.
export async function mount(element) {
  const player = new Player(element);
  element.player = player;
  await player.start();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-seek-ms]");
    if (!link || link.dataset.player === "elsewhere") return;
    event.preventDefault();
    player.seek(Number(link.dataset.seekMs));
    player.fill();
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
