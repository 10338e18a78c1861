// The mode strip: says what is not an ordinary sitting.

import { dateOf, timeOf } from "./clock.js";
import { setHidden, setNodes } from "./element.js";
import { rich, say } from "./words.js";

/** Show, for a SittingView and the VoteView on the page (or null), what kind of sitting it is. */
export function showStrip(strip, sitting, vote) {
  setHidden(strip, sitting.mode === "ordinary");
  if (sitting.mode === "ordinary") return;
  let note = [`${sitting.mode}_note`, {}];
  if (sitting.mode === "replay") {
    const date = sitting.original_date === null ? "" : dateOf(sitting.original_date);
    const time = vote?.original_at ? timeOf(vote.original_at, sitting.timezone) : null;
    note = time === null ? ["replay_note", { date }] : ["replay_vote_note", { date, time }];
  }
  setNodes(strip, sitting.mode + say(...note), () => {
    const head = document.createElement("b");
    head.textContent = say(sitting.mode);
    const rest = document.createElement("span");
    rest.append(...rich(...note));
    return [head, rest];
  });
}
