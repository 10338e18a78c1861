// The row of acts and the guard line under it.

import { guard } from "./console_guard.js";
import { phaseOf } from "./console_state.js";
import { byId, element, setAttribute, setButtons, setNodes } from "./element.js";
import { said } from "./console_head.js";
import { shape } from "./shapes.js";
import { bound, ofTexts, rich, say } from "./words.js";

/** One act as a button. `what`: {act, cap, word, waits, confirm, pressed, dead}; ask(act) is called on a click. */
export function actButton(what, className, ask) {
  const { act, cap, word, waits, confirm, pressed, dead } = what;
  const made = element("button", className, element("kbd", "cap", cap), element("span", "act-word", waits ? say("sending") : word));
  made.type = "button";
  made.dataset.act = act;
  made.disabled = dead;
  made.classList.toggle("is-confirm", confirm);
  setAttribute(made, "aria-busy", waits ? "true" : null);
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", () => ask(act));
  return made;
}

/** main, others: as `actButton` takes them; main null: its place says why it is empty. */
export function showActs(main, others, empty, ask) {
  const row = byId("acts");
  const held = document.activeElement?.dataset?.act;
  const renewed = setButtons(row, JSON.stringify([main, others, empty]), () => [
    main === null ? element("p", "main-act is-empty", empty) : actButton(main, "main-act", ask),
    ...others.map((what) => actButton(what, "outlined", ask)),
  ]);
  if (renewed) fitMain(row.firstElementChild);
  if (renewed && held !== undefined) (row.querySelector(`[data-act=${held}]`) ?? row.querySelector("button"))?.focus();
}

// A long word stands inside its button, with room above and below.
function fitMain(main) {
  const word = main.querySelector(".act-word");
  for (const scale of word === null ? [] : [1, 0.92, 0.84, 0.78]) {
    main.style.setProperty("--fit", String(scale));
    if (word.offsetHeight <= main.clientHeight - 10) return;
  }
}

/** What stands where no act is to be filled. */
export function emptyWord(state, local, reads) {
  if (reads) return say("reads_only");
  const phase = phaseOf(state);
  if (phase === "tied") return say("tie_waits_chair");
  if (phase === "entered") return say("entered_waits");
  if (phase === "over") return say("sitting_closed");
  return state.guard?.blocked ? say("blocked_word") : say("no_act");
}

export function showGuard(state, local) {
  const { band, mark, says, texts, quote } = guard(state, local);
  const words = says.map((one) => said(one, state.sitting.timezone));
  byId("guard").className = `guard is-${band}`;
  setNodes(byId("guard-mark"), String(mark), () => (mark === null ? [] : [shape(mark)]));
  const changed = setNodes(byId("guard-text"), JSON.stringify([words, texts, quote, innerWidth]), () => {
    if (quote) return [element("span", "soft", say("words_for_chair")), " ", element("span", "serif", bound(ofTexts(texts)))];
    if (texts !== null) return [bound(ofTexts(texts))];
    return words.flatMap((one, i) => [...(i > 0 ? [" "] : []), ...rich(...one)]);
  });
  if (changed) fitGuard(byId("guard"));
}

// The line keeps its height: its words shrink to 0.84 of their size, then it scrolls and takes the keyboard.
function fitGuard(line) {
  line.removeAttribute("tabindex");
  for (const scale of [1, 0.92, 0.84]) {
    line.style.setProperty("--fit", String(scale));
    if (line.scrollHeight <= line.clientHeight + 1) return;
  }
  line.tabIndex = 0;
}
