// Times as people read them: the sitting's time zone, tabular figures, always from server time.

import { lang } from "./words.js";

const written = lang === "en" ? "en-GB" : `${lang}-u-nu-latn`; // figures are 0 to 9 in every language, as in the ledger

const formats = new Map();

function format(kind, timeZone) {
  const name = `${kind} ${timeZone}`;
  if (!formats.has(name)) {
    const options =
      kind === "time"
        ? { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }
        : { day: lang === "en" ? "numeric" : "2-digit", month: lang === "en" ? "short" : "2-digit", year: "numeric" };
    formats.set(name, new Intl.DateTimeFormat(written, { ...options, timeZone }));
  }
  return formats.get(name);
}

/** "14:02:20" of a moment (RFC 3339 text or ms since 1970) in the sitting's zone. */
export function timeOf(moment, timeZone) {
  return format("time", timeZone).format(typeof moment === "string" ? new Date(moment) : moment);
}

/** "22.11.2017" of a date without a time. */
export function dateOf(date) {
  return format("date", "UTC").format(new Date(`${date}T00:00:00Z`));
}

/** "12:01:55.104" and "22.11.2026", both UTC: what the checkpoint's QR says. */
export function utcOf(moment) {
  const [date, time] = new Date(moment).toISOString().split("T");
  return { time: time.slice(0, 12), date: dateOf(date) };
}

/** "0:24": whole seconds left, rounded up, never below zero. */
export function minutesOf(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${rest}`;
  return `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}:${rest}`;
}
