// The letters of the acts: bound to the place on the keyboard, so that either layout works. Pure.

import { digitOf } from "./console_entry.js";
import { SAME_KEY } from "./console_offers.js";

const DIGITS = { decide_for: "1", decide_against: "2" }; // the chair's answer has the keys of a vote

/** Of the catalogue's "⇧Н KeyY": {cap, code, shift}. */
export function parse(word) {
  const [cap, code] = word.split(/\s/);
  return { cap, code, shift: cap.startsWith("⇧") };
}

/** act -> {cap, code, shift} for all acts; `say(key)` gives the catalogue's word. */
export function letters(acts, say) {
  const keyOf = (act) => (act in DIGITS ? { cap: DIGITS[act], code: null, shift: false } : parse(say(`key_${SAME_KEY[act] ?? act}`)));
  return Object.fromEntries(acts.map((act) => [act, keyOf(act)]));
}

/** Which of the allowed acts a key means, or null. */
export function actOf(event, keys, allowed) {
  const digit = digitOf(event.code);
  const means = (act) => (act in DIGITS ? digit === DIGITS[act] && !event.shiftKey : keys[act].code === event.code && keys[act].shift === event.shiftKey);
  return allowed.find(means) ?? null;
}
