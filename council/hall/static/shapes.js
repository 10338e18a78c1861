// The shapes of the options and of a lamp's states, as SVG elements. A shape always stands beside its word; colour only
// repeats it. Fill and stroke come from hall.css (--shape, --shape-mark), so that a solid key can turn them round.

import { element } from "./element.js";

const SVG = "http://www.w3.org/2000/svg";

const DRAWINGS = {
  for: [
    ["circle", { class: "body", cx: 12, cy: 12, r: 11 }],
    ["path", { class: "mark", d: "M7.2 12.6l3.2 3.2 6.2-7" }],
  ],
  against: [
    ["rect", { class: "body", x: 1.8, y: 1.8, width: 20.4, height: 20.4, rx: 1.6 }],
    ["path", { class: "mark", d: "M7.4 7.4l9.2 9.2M16.6 7.4l-9.2 9.2" }],
  ],
  abstain: [
    ["path", { class: "body", d: "M12 0.2 23.8 12 12 23.8 0.2 12z" }],
    ["path", { class: "mark", d: "M7.2 12h9.6" }],
  ],
  not_voting: [["circle", { class: "outline", cx: 12, cy: 12, r: 10 }]],
  absent: [["circle", { class: "outline dots", cx: 12, cy: 12, r: 10 }]],
  recused: [["path", { class: "outline", d: "M12 3 22 20.5H2z" }]],
  no_record: [["path", { class: "outline", d: "M5 12h14" }]],
  // lamps
  ring: [["circle", { class: "outline", cx: 12, cy: 12, r: 10 }]],
  filled: [["circle", { class: "body", cx: 12, cy: 12, r: 11 }]],
  struck: [
    ["circle", { class: "outline", cx: 12, cy: 12, r: 10 }],
    ["path", { class: "outline", d: "M5 19 19 5" }],
  ],
  sending: [
    ["circle", { class: "outline dashes", cx: 12, cy: 12, r: 10.6, "stroke-dasharray": "4.2 2.46" }],
    ["path", { class: "outline", d: "M12 17V7.4M7.8 11.2 12 7l4.2 4.2", "stroke-linecap": "round" }],
  ],
  cut: [
    ["circle", { class: "outline dashes", cx: 12, cy: 12, r: 10.6, "stroke-dasharray": "4.2 2.46" }],
    ["path", { class: "outline", d: "M8 8l8 8M16 8l-8 8", "stroke-linecap": "round" }],
  ],
  held: [
    ["circle", { class: "outline", cx: 12, cy: 12, r: 10 }],
    ["path", { class: "outline", d: "M9.5 8v8M14.5 8v8", "stroke-linecap": "round" }],
  ],
  speak: [["path", { class: "outline", d: "M3 4h18v12H11l-5 4.5V16H3z" }]],
  // signs
  tick: [["path", { class: "outline", d: "M3.5 13l5.5 5.5L20.5 6", "stroke-linecap": "round" }]],
  warning: [["path", { class: "outline", d: "M12 3v11M12 20v.4", "stroke-linecap": "round" }]],
};

export const OPTIONS = ["for", "against", "abstain", "not_voting", "absent", "recused", "no_record"];

/** One drawing by name. `title` is read aloud; without it the shape is silent, its word stands beside it. */
export function shape(name, title = null) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `shape shape-${name}`);
  svg.setAttribute("focusable", "false");
  if (title === null) {
    svg.setAttribute("aria-hidden", "true");
  } else {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", title);
  }
  for (const [tag, attributes] of DRAWINGS[name]) {
    const part = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    svg.append(part);
  }
  return svg;
}

/** The number of a candidate in the shape of "for": in lists, in the roll, in the result. */
export const numbered = (candidate) => element("span", "candidate-no", String(candidate));
