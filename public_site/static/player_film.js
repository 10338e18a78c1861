// What of a recording a browser has in memory: segments around the playhead, appended to a Media Source as they are
// reached, and forgotten far behind it. Each is appended with the timestampOffset that puts its run at its place.
//
// A film is of one camera, from when it is opened until it is left: what is on its way then comes to nothing. And of runs
// that all have sound, or all have none: a Media Source that has begun with one waits for ever for what is missing.

const AHEAD_MS = 20_000;
const BEHIND_MS = 60_000;
const END_MS = 100; // so near its end a segment counts as shown
const STALL_MS = 300; // so near, where the browser waits: its decoder keeps the last pictures until more come
const GONE = [404, 410];

class Gone extends Error {} // a file that the server does not have
class Away extends Error {} // a file that lies where the server does not reach it now

export const tracksOf = (run) => run.codec.split(",").length;
export const typeOf = (run) => `video/mp4; codecs="${run.codec}"`;
export const takes = (Source, run) => Boolean(Source?.isTypeSupported(typeOf(run)));
export const isH265 = (run) => /^h[ev][cv]1/.test(run.codec);

// As segments or in a playlist of the browser's own. Sound is no matter here: some browsers do not know the name of theirs.
export function canPlay(run, video) {
  const picture = { codec: run.codec.split(",")[0] };
  return takes(window.ManagedMediaSource ?? window.MediaSource, picture) || video.canPlayType(typeOf(picture)) !== "";
}

export class Film {
  // opened: called once the browser takes segments.
  constructor(player, Source, opened) {
    this.player = player;
    this.video = player.video;
    this.appended = new Map(); // url -> segment
    this.gone = new Set(player.unreadable); // urls the server has no file for, or that this browser does not play
    this.broken = null; // the segment that the browser would not take
    this.wantedMs = undefined; // where the viewer wants to be, while that is not in memory
    this.forgotten = 0; // s; what lies before it is just being taken out of memory
    this.buffer = null;
    this.run = null;
    this.tracks = null; // of its runs, once there is one
    this.busy = false;
    this.failures = 0;
    this.closed = false;
    this.source = new Source();
    if (Source === window.ManagedMediaSource) this.video.disableRemotePlayback = true;
    const url = URL.createObjectURL(this.source);
    this.source.addEventListener("sourceopen", () => (URL.revokeObjectURL(url), this.closed || opened()), { once: true });
    this.video.src = url;
  }

  close() {
    this.closed = true;
    this.wantedMs = undefined;
  }

  get recording() {
    return this.player.recording; // grows while the sitting is live
  }

  fits(segment) {
    return this.tracks === null || !segment || this.tracks === tracksOf(this.recording.runs.get(segment.run));
  }

  want(ms) {
    this.wantedMs = this.covers(ms) ? undefined : ms;
  }

  wanted() {
    const at = this.player.playheadMs;
    return this.recording.segments.slice(Math.max(0, this.recording.at(at) - 1)).find(
      (segment) =>
        segment.start_ms + segment.duration_ms > at &&
        segment.start_ms < at + AHEAD_MS &&
        this.fits(segment) &&
        !this.player.unreadable.has(segment.url) &&
        !this.appended.has(segment.url),
    );
  }

  async fill() {
    if (this.busy || this.closed || this.video.error || this.source.readyState === "closed") return;
    this.busy = true;
    try {
      let segment;
      while (!this.closed && (segment = this.wanted())) {
        await this.append(segment).catch((error) => this.pass(segment, error));
        this.failures = 0;
        if (!this.closed) this.player.say(null);
      }
      if (!this.closed) {
        await this.forget();
        this.finish();
        this.leap();
        if (this.wanted()) setTimeout(() => this.fill()); // asked for while the old was being forgotten
      }
    } catch (error) {
      if (this.closed || this.video.error) return;
      this.failures += 1;
      this.player.say(error instanceof Away ? "archive" : "offline");
      setTimeout(() => this.fill(), Math.min(8000, 500 * 2 ** this.failures));
    } finally {
      this.busy = false;
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

  async append(segment) {
    const run = this.recording.runs.get(segment.run);
    const type = typeOf(run);
    if (!this.source.constructor.isTypeSupported(type)) return this.skip(segment);
    const [media, init] = await Promise.all([this.bytes(segment.url), this.run === run.id ? null : this.bytes(run.init)]);
    if (this.closed || this.source.readyState === "closed") return;
    this.tell("fetched", { segment, media, init });
    if (!this.buffer) {
      this.buffer = this.source.addSourceBuffer(type);
      this.buffer.addEventListener("error", () => (this.broken = this.appending));
    }
    this.tracks = tracksOf(run);
    if (this.run !== run.id) {
      if (this.run !== null) this.buffer.changeType(type);
      await this.updated(() => this.buffer.appendBuffer(init));
      this.run = run.id;
    }
    this.buffer.timestampOffset = this.recording.shift(segment);
    this.appending = segment;
    await this.updated(() => this.buffer.appendBuffer(media));
    if (this.closed) return;
    this.appended.set(segment.url, segment);
    if (this.wantedMs !== undefined && this.covers(this.wantedMs)) {
      this.video.currentTime = this.wantedMs / 1000;
      this.wantedMs = undefined;
      if (!this.player.paused) this.player.play();
    }
  }

  // What is heard of by footage_check.js.
  tell(name, detail) {
    const { manifest } = this.recording;
    this.player.element.dispatchEvent(new CustomEvent(name, { detail: { manifest, ...detail } }));
  }

  // A piece that is gone is passed over, as a gap is; any other failure is met by trying again.
  pass(segment, error) {
    if (!(error instanceof Gone) || this.closed) throw error;
    this.skip(segment);
    this.tell("lost", { segment });
  }

  skip(segment) {
    this.appended.set(segment.url, segment);
    this.gone.add(segment.url);
  }

  // Over what is gone, and over what has no sound to its picture: a browser waits there for ever.
  leap() {
    const { segments } = this.recording;
    const stalls = this.stalls();
    let i = this.recording.at(this.player.playheadMs + (stalls ? STALL_MS : END_MS));
    const end = segments[i] && segments[i].start_ms + segments[i].duration_ms;
    if (stalls && this.appended.has(segments[i]?.url) && this.fits(segments[i])) {
      const { buffered } = this.video;
      const starts = Array.from(buffered, (_, n) => buffered.start(n));
      const start = starts.find((one) => one > this.video.currentTime && one * 1000 < end + END_MS);
      if (start !== undefined) return void (this.video.currentTime = start);
      i += 1;
    }
    const next = segments[i];
    if (!this.fits(next)) return this.player.seek(next.start_ms);
    const behind = next && next.start_ms + next.duration_ms;
    if (next && this.gone.has(next.url) && behind < this.recording.endMs) this.player.seek(behind);
  }

  // All that is in memory from here on has been shown.
  stalls() {
    const { buffered, currentTime, readyState, seeking } = this.video;
    if (seeking || readyState !== HTMLMediaElement.HAVE_CURRENT_DATA) return false;
    for (let i = 0; i < buffered.length; i += 1)
      if (buffered.start(i) <= currentTime && buffered.end(i) > currentTime + STALL_MS / 1000) return false;
    return true;
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
    const limit = this.player.playheadMs - BEHIND_MS;
    const old = [...this.appended.values()].filter((segment) => segment.start_ms + segment.duration_ms < limit);
    if (!old.length) return;
    for (const segment of old) this.appended.delete(segment.url);
    this.forgotten = Math.max(...old.map((segment) => segment.start_ms + segment.duration_ms)) / 1000;
    await this.updated(() => this.buffer.remove(0, this.forgotten)).finally(() => (this.forgotten = 0));
  }

  finish() {
    if (this.player.live || !this.buffer || this.buffer.updating || this.source.readyState !== "open") return;
    this.source.duration = this.recording.endMs / 1000;
  }
}
