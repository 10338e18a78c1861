// A camera's recording as its manifest tells it: which wall time is where in it.
//
// Pure. Wall times are in ms since 1970 and may have fractions: segments tell theirs in µs, so that a moment is found to
// the very frame. Places are in ms from the beginning of the recording, gaps closed up. As streaming/timeline.py locates.

export function wallOf(stamp) {
  return Date.parse(stamp) + Number(/\.\d{3}(\d{1,3})Z$/.exec(stamp)?.[1].padEnd(3, "0") ?? 0) / 1000;
}

// In RFC 3339, to the microsecond: cut to the millisecond it would name the frame before, or the gap.
export function stampOf(wall) {
  const us = Math.round(wall * 1000);
  const rest = us % 1000;
  const stamp = new Date((us - rest) / 1000).toISOString();
  return rest ? stamp.replace("Z", `${String(rest).padStart(3, "0")}Z`) : stamp;
}

export class Recording {
  constructor(manifest) {
    this.manifest = manifest;
    this.runs = new Map(manifest.runs.map((run) => [run.id, run]));
    this.segments = manifest.segments;
    this.walls = this.segments.map((segment) => wallOf(segment.started_at));
  }

  get endMs() {
    return this.manifest.duration_ms;
  }

  // The last segment that begins at or before a number of `keys`, -1 for none.
  static last(keys, at) {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // Where a wall time is: {ms, filmed}. In a gap the next picture, not filmed; null past the end.
  place(wall) {
    const i = Recording.last(this.walls, wall);
    if (i >= 0 && wall < this.walls[i] + this.segments[i].duration_ms)
      return { ms: this.segments[i].start_ms + wall - this.walls[i], filmed: true };
    const next = this.segments[i + 1];
    return next ? { ms: next.start_ms, filmed: this.walls[i + 1] - wall < 250 } : null;
  }

  at(ms) {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.segments[middle].start_ms <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // The wall time of a place; null where nothing is recorded.
  wall(ms) {
    const i = Math.max(0, this.at(ms));
    const segment = this.segments[i];
    return segment ? this.walls[i] + Math.min(Math.max(0, ms - segment.start_ms), segment.duration_ms) : null;
  }

  // The segment of a wall time or the nearest before it, counting through the recording; null where there is none.
  number(wall) {
    return this.segments.length ? Math.max(0, Recording.last(this.walls, wall)) : null;
  }

  poster(wall) {
    return this.segments[this.number(wall)]?.poster ?? null;
  }

  // What must be added to a segment's own times, in seconds, so that it stands at its place.
  shift(segment) {
    return segment.start_ms / 1000 - segment.start_ticks / this.runs.get(segment.run).timescale;
  }
}
