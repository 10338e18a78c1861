// What the hall display shows for a DisplayState at a moment: values in, values out.
//
// Scenes: planned, over, none (no item called), item, speech, opening (the large QR for the first seconds of a vote),
// open, held, call (members are called aloud), entered (the clerk enters the vote), closed (the chair has the word), tied
// (the chair decides), voided, closing (the large QR before a result that is known at once), result, secret.
// Before VoteClosed nothing here knows how anyone votes, and no result is shown that the hall did not send.

import { LOW_MS, leftOf, speechTimer } from "./countdown.js";

export const LARGE_MS = 3000;
export const PAGE_MS = 8000;

/** Scenes that show a vote of its own title. */
export const OF_VOTE = ["opening", "open", "held", "call", "entered", "closed", "tied", "voided", "closing", "result"];

export function sceneOf({ sitting, item, vote, floor, secret }, now) {
  if (sitting.state === "planned") return "planned";
  if (sitting.state === "closed") return "over";
  if (vote?.state === "open" || vote?.state === "held") return runningScene(vote, now);
  if (floor?.speech) return "speech";
  if (secret) return "secret";
  if (vote && (vote.item === null || vote.item === item?.item)) {
    if (vote.state === "voided") return "voided";
    if (vote.state === "tied") return "tied";
    if (vote.result === null) return "closed";
    return now - Date.parse(vote.closed_at) < LARGE_MS ? "closing" : "result";
  }
  return item === null ? "none" : "item";
}

function runningScene(vote, now) {
  if (vote.state === "held") return "held";
  if (now - Date.parse(vote.opened_at) < LARGE_MS) return "opening";
  return { called: "call", entered: "entered" }[vote.method] ?? "open";
}

/** Of a running vote, while the link is up: {ms, low} or null for none. */
export function countdownOf(vote, now) {
  const ms = leftOf(vote, now);
  return ms === null ? null : { ms, low: ms < LOW_MS && vote.state === "open" };
}

/** What the wall shows of the floor: {speech, timer, next: the two that follow, more: how many wait behind them}. */
export function floorOf({ speech, queue, warning_seconds }, now) {
  return { speech, timer: speechTimer(speech, now, warning_seconds), next: queue.slice(0, 2), more: Math.max(0, queue.length - 2) };
}

/** How the roll stands: {columns, rows, pages} for its length. One page in up to four columns, its lines the larger the
    fewer they are; else pages of 39. */
export function rollLayout(length) {
  const columns = length <= 6 ? 1 : length <= 20 ? 2 : 3;
  if (length <= 39) return { columns, rows: Math.max(6, Math.ceil(length / columns)), pages: 1 };
  if (length <= 52) return { columns: 4, rows: 13, pages: 1 };
  return { columns: 3, rows: 13, pages: Math.ceil(length / 39) };
}

/** Which page of the roll stands at a moment. */
export function pageAt(pages, closedAt, now) {
  return Math.floor(Math.max(0, now - Date.parse(closedAt) - LARGE_MS) / PAGE_MS) % pages;
}

/** Places of `count` seats in a half circle, in hall order: from the left, at one angle the inner row first.
 *
 * Returns {radius, seats: [{x, y}]} in a box of 1006 by 540, the circle's centre in the middle, at the foot. */
export function arc(count) {
  const outer = 467;
  const inner = 296;
  let rows = [];
  for (let deep = 1; deep <= 12; deep++) {
    const pitch = deep === 1 ? 86 : Math.min(86, (outer - inner) / (deep - 1));
    rows = Array.from({ length: deep }, (_, i) => ({ radius: outer - i * pitch, pitch }));
    const room = rows.reduce((sum, row) => sum + Math.floor((Math.PI * row.radius) / pitch) + 1, 0);
    if (room >= count) break;
  }
  const wide = rows.length === 1 ? ((Math.PI * outer) / Math.max(1, count - 1)) * 0.34 : 0; // few seats are larger
  const radius = Math.max(Math.min(36, rows[0].pitch * 0.42), Math.min(54, wide));
  const foot = 539 - Math.max(36, radius);
  if (radius > 36) rows = [{ radius: foot - radius }];
  const whole = rows.reduce((sum, row) => sum + row.radius, 0);
  let left = count;
  let length = whole;
  const seats = [];
  for (const row of rows) {
    const share = Math.round((left * row.radius) / length);
    left -= share;
    length -= row.radius;
    for (let i = 0; i < share; i++) {
      const angle = share === 1 ? Math.PI / 2 : Math.PI - (Math.PI * i) / (share - 1);
      seats.push({ angle, depth: row.radius, x: 503 + row.radius * Math.cos(angle), y: foot - row.radius * Math.sin(angle) });
    }
  }
  seats.sort((a, b) => (Math.abs(a.angle - b.angle) > 1e-9 ? b.angle - a.angle : a.depth - b.depth));
  return { radius, seats: seats.map(({ x, y }) => ({ x, y })) };
}

/** Where a title that goes on by itself stands next, px: by whole lines of `line` px, after the last at the beginning.
    The last line's descent hangs out of it, and is no line. */
export function scrolledOn({ scrollTop, clientHeight, scrollHeight }, line) {
  const last = Math.round((scrollHeight - clientHeight) / line);
  const next = Math.round(scrollTop / line) + 1;
  return next > last ? 0 : next * line;
}
