// What is left of a vote with a time limit and of a speech: values in, values out, so that every screen says the same.

export const LOW_MS = 10_000; // the countdown inverts under this

/** Ms until the vote closes, by the server's clock `now`; never more than its limit, whatever our idea of that clock.
    A vote that is held stands still. Null: no limit. */
export function leftOf(vote, now) {
  if (vote.state === "held") return vote.left_ms ?? null;
  if (vote.closes_at === null) return null;
  return Math.min(vote.seconds * 1000, Math.max(0, Date.parse(vote.closes_at) - now));
}

/** Ms that a speech still has, below zero beyond its limit; a paused one stands still. Null: no limit. */
export function speechLeftOf(speech, now) {
  if (speech.paused) return speech.left_ms;
  if (speech.ends_at === null) return null;
  const left = Date.parse(speech.ends_at) - now;
  return speech.seconds === null ? left : Math.min(speech.seconds * 1000, left);
}

/** What a speech's timer shows: {ms, share, phase}: "running", "last" (the end is near), "over" or "paused";
    null where there is no limit. `ms` counts up once it is over. `share`: of the limit, what is left. */
export function speechTimer(speech, now, warningSeconds) {
  const left = speechLeftOf(speech, now);
  if (left === null) return null;
  const share = speech.seconds ? Math.min(1, Math.max(0, left / (speech.seconds * 1000))) : 0;
  const phase = left <= 0 ? "over" : speech.paused ? "paused" : left <= warningSeconds * 1000 ? "last" : "running";
  return { ms: Math.abs(left), share, phase, paused: speech.paused };
}
