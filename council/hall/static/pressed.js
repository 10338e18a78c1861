// A button that is drawn anew between the pointer's down and up loses its click. What is under a pressed pointer (or a
// held space bar) is therefore left as it is; what it does is checked again when it acts.

const LONGEST_MS = 3000; // whose pointer never comes up again
const CLICK_MS = 120; // a touch's click comes after its pointerup

let held = null; // the element under the pointer
let timer = null;
const later = new Map(); // node -> what is to be drawn in it

function hold(target) {
  held = target;
  letGo(LONGEST_MS);
}

function letGo(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    held = null;
    const draws = [...later.values()];
    later.clear();
    for (const draw of draws) draw();
  }, ms);
}

function clicked() {
  if (held === null) return;
  held = null;
  letGo(0);
}

const up = () => held !== null && letGo(CLICK_MS);

addEventListener("pointerdown", (event) => event.isPrimary && hold(event.target), true);
addEventListener("pointerup", up, true);
addEventListener("pointercancel", up, true);
addEventListener("keydown", (event) => event.key === " " && !event.repeat && hold(event.target), true);
addEventListener("keyup", (event) => event.key === " " && up(), true);
addEventListener("click", clicked, true); // before the button hears of it: what it does may draw at once

export const isPressed = (node) => held !== null && node.contains(held);

/** Draw now, or when nothing in `node` is pressed any more: then only what came last. */
export function whenFree(node, draw) {
  if (isPressed(node)) later.set(node, draw);
  else draw();
}
