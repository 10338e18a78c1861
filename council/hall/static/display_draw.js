// The display's drawings: the seats in their arc, the checkpoint's QR, the bar of seats, the roll.

import { arc } from "./display_state.js";
import { utcOf } from "./clock.js";
import { element, setAttribute, setNodes } from "./element.js";
import { OPTIONS, shape } from "./shapes.js";
import { optionWord, say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The seats by desk number: a ring, filled when voted (`voting`), dotted when not on the roll. */
export function drawArc(box, seats, voting, label) {
  const key = JSON.stringify([seats, voting]);
  setNodes(box, key, () => {
    const { radius, seats: places } = arc(seats.length);
    const circles = seats.map((seat, i) => {
      const { x, y } = places[i];
      const kind = !seat.present ? "is-away" : voting && seat.voted ? "is-voted" : "";
      return drawn(
        "g",
        { class: `seat ${kind}` },
        drawn("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: radius }),
        drawn("text", { x: x.toFixed(1), y: (y + radius * 0.3).toFixed(1), "font-size": (radius * 0.86).toFixed(1) }, String(seat.desk_no)),
      );
    });
    return [drawn("svg", { viewBox: "0 0 1006 542", role: "img" }, ...circles)];
  });
  setAttribute(box.firstChild, "aria-label", label);
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
    return [code(checkpoint), words];
  });
}

function code({ rows, payload }) {
  const modules = rows.length + 8;
  let path = "";
  rows.forEach((row, y) => {
    for (const run of row.matchAll(/1+/g)) path += `M${run.index + 4} ${y + 4}h${run[0].length}v1h-${run[0].length}z`;
  });
  return drawn(
    "svg",
    { class: "code", viewBox: `0 0 ${modules} ${modules}`, role: "img", "aria-label": say("qr", { payload }), "shape-rendering": "crispEdges" },
    drawn("path", { class: "code-ground", d: `M0 0h${modules}v${modules}h-${modules}z` }),
    drawn("path", { class: "code-ink", d: path }),
  );
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

export function tallyLines(tally) {
  return OPTIONS.filter((option, i) => i < 4 || tally[option] > 0).map((option) =>
    element("li", "", shape(option), element("span", "", optionWord(option)), element("b", "", String(tally[option]))),
  );
}

export function rollLines(roll) {
  return roll.map(({ name, option }) => {
    const chosen = OPTIONS.indexOf(option) < 3;
    const line = element("li", chosen ? "roll-line is-chosen" : "roll-line", shape(option), element("span", "roll-name", name));
    line.append(element("span", "unseen", `, ${optionWord(option)}`));
    return line;
  });
}
