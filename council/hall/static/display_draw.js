// The display's drawings: the seats in their arc, the checkpoint's QR, the bar of seats, the roll.

import { utcOf } from "./clock.js";
import { drawCode, drawn } from "./code.js";
import { arc } from "./display_state.js";
import { element, setAttribute, setNodes } from "./element.js";
import { OPTIONS, numbered, shape } from "./shapes.js";
import { optionWord, say } from "./words.js";

/** The seats by desk number: a ring, filled when voted (`voting`), dotted when not on the roll, a triangle for who has
    declared a conflict of interest. */
export function drawArc(box, seats, voting, label) {
  const key = JSON.stringify([seats, voting]);
  setNodes(box, key, () => {
    const { radius, seats: places } = arc(seats.length);
    const circles = seats.map((seat, i) => {
      const { x, y } = places[i];
      const kind = !seat.present ? "is-away" : voting && seat.voted ? "is-voted" : seat.recused ? "is-recused" : "";
      return drawn(
        "g",
        { class: `seat ${kind}` },
        kind === "is-recused" ? triangle(x, y, radius) : drawn("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: radius }),
        drawn("text", { x: x.toFixed(1), y: (y + radius * 0.3).toFixed(1), "font-size": (radius * 0.86).toFixed(1) }, String(seat.desk_no)),
      );
    });
    return [drawn("svg", { viewBox: "0 0 1006 542", role: "img" }, ...circles)];
  });
  setAttribute(box.firstChild, "aria-label", label);
}

function triangle(x, y, radius) {
  const [top, foot, half] = [y - radius * 1.15, y + radius * 0.75, radius * 1.1];
  return drawn("path", { d: `M${x} ${top}L${x + half} ${foot}H${x - half}z` });
}

/** A checkpoint: its QR with a quiet zone of four modules, and in words. `word`: "opened_utc" or "closed_utc". */
export function drawCheckpoint(box, checkpoint, word) {
  setNodes(box, checkpoint === null ? "" : checkpoint.payload + word, () => {
    if (checkpoint === null) return [];
    const { time, date } = utcOf(checkpoint.at);
    const words = element(
      "div",
      "checkpoint-words",
      element("b", "", say("ledger_entry", { size: checkpoint.size })),
      element("span", "", say(word, { time }).replace(" UTC", "\u00a0UTC")),
      element("span", "", date),
    );
    return [drawCode(checkpoint.rows, say("qr", { payload: checkpoint.payload })), words];
  });
}

/** A cell a seat, filled from the left by "for"; the line after the cell that is needed. */
export function drawBar(bar, label, tally, { needed, seats }) {
  setAttribute(bar, "aria-label", say("bar", { for: tally.for, needed, seats }));
  const changed = setNodes(bar, `${tally.for} ${needed} ${seats}`, () => {
    const cells = Array.from({ length: seats }, (_, i) => element("i", i < tally.for ? "cell is-for" : "cell"));
    return [...cells, element("i", "bar-line")];
  });
  if (!changed) return;
  const at = (100 * Math.min(needed, seats)) / seats;
  bar.lastChild.style.left = `${at}%`;
  label.textContent = say("needed_line", { needed });
  label.style.setProperty("--at", `${Math.min(84, Math.max(16, at))}%`);
}

/** Counts by option; where candidates stand (`counts`) they take the place of "for" and "against". */
export function tallyLines(tally, counts = []) {
  const shown = OPTIONS.filter((option, i) => (i < 4 || tally[option] > 0) && !(counts.length && i < 2));
  return shown.map((option) =>
    element("li", "", shape(option), element("span", "", optionWord(option)), element("b", "", String(tally[option]))),
  );
}

/** Each candidate with its number; `counts`: what each was given, the chosen one marked. */
export function candidateLines(candidates, counts = null, chosen = null) {
  const votes = new Map(counts ?? []);
  return candidates.map(({ candidate, name }) => {
    const line = element("li", candidate === chosen ? "is-chosen" : "", numbered(candidate), element("span", "candidate-name", name));
    if (counts !== null) line.append(element("b", "", String(votes.get(candidate) ?? 0)));
    if (candidate === chosen) line.append(element("span", "unseen", say("chosen"))); // seen: bold, and the verdict's words
    return line;
  });
}

/** The roll in alphabet order: a shape and a name; the number of whom they chose. */
export function rollLines(roll) {
  return roll.map(({ name, option, candidate }) => {
    const chosen = OPTIONS.indexOf(option) < 3;
    const mark = candidate === null || candidate === undefined ? shape(option) : numbered(candidate);
    const line = element("li", chosen ? "roll-line is-chosen" : "roll-line", mark, element("span", "roll-name", name));
    line.append(element("span", "unseen", `, ${optionWord(option)}`));
    return line;
  });
}
