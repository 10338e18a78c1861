// The sentences of a seat terminal's view in words: options, candidates and moments in its values become what people
// call them. `words`: {zone, gender, candidates}, those of the member and the vote on the screen.

import { timeOf } from "./clock.js";
import { asReason, optionWord, say } from "./words.js";

/** A choice as people call it: the candidate's name, or the option's word. */
export function nameOf({ option, candidate = null }, { gender, candidates }) {
  const found = candidates.find((one) => one.candidate === candidate);
  return found?.name ?? optionWord(option, gender);
}

/** [word, values] in words. */
export function sentence([word, values = {}], words) {
  const filled = { ...values };
  if ("option" in values) filled.option = nameOf(values, words);
  if ("final" in values) filled.final = nameOf({ option: values.final, candidate: values.final_candidate }, words);
  if ("kind" in values) filled.kind = say(`floor_${values.kind}`).toLocaleLowerCase();
  if ("time" in values) filled.time = values.time === null ? "" : timeOf(values.time, words.zone);
  if ("reason" in values) filled.reason = asReason(values.reason);
  return say(word, filled);
}
