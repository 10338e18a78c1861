// What is left of a vote with a time limit: values in, values out, so that every screen says the same.

export const LOW_MS = 10_000; // the countdown inverts under this

/** Ms until the vote closes, by the server's clock `now`; never more than its limit, whatever our idea of that clock. */
export function leftOf(vote, now) {
  return Math.min(vote.seconds * 1000, Math.max(0, Date.parse(vote.closes_at) - now));
}
