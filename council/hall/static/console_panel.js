// In place of the large grid while answers are entered: the member who is called with the keys of an answer, or the
// rest and its exceptions of an entry by hand, or what was entered, for whom confirms it. The grid stays below, small.

import { answerKeys, called, enteredBy, sums } from "./console_entry.js";
import { phaseOf } from "./console_state.js";
import { byId, element, setHidden, setNodes } from "./element.js";
import { shape } from "./shapes.js";
import { optionWord, say } from "./words.js";

/** local: {back, entry}; acts: {answer(answer), back(), rest(answer), waits}; dead: nothing can be sent. */
export function showPanel(state, local, acts, dead, may) {
  const phase = phaseOf(state);
  const panel = byId("panel");
  const now = phase === "called" ? called(state, local.back) : null;
  const entering = phase === "entered" && local.entry !== null && may;
  const checking = phase === "entered" && !entering && state.desks.some((desk) => desk.option !== null);
  const shown = entering || checking || (now !== null && (now.member !== null || now.place >= now.of));
  setHidden(panel, !shown);
  byId("desks").classList.toggle("is-small", shown);
  if (!shown) return;
  if (entering) showEntry(panel, state, local.entry, acts, dead);
  else if (checking) showEntered(panel, state);
  else showCalled(panel, state, now, acts, dead || !may);
}

function keysOf(state, take, dead, pressed) {
  return answerKeys(state.vote).map(({ digit, answer, option, name }) => {
    const key = element("button", "answer-key", element("kbd", "cap", digit), shape(option), element("span", "", name ?? wrapping(option)));
    key.type = "button";
    key.disabled = dead;
    if (pressed !== undefined) key.setAttribute("aria-pressed", String(answer === pressed));
    key.addEventListener("click", () => take(answer));
    return key;
  });
}

// On a narrow key «Не голосував» takes two lines.
const wrapping = (option) => optionWord(option).replaceAll("\u00a0", " ");

function showCalled(panel, state, now, acts, dead) {
  const key = JSON.stringify(["called", now, dead, acts.waits, state.vote.n, state.vote.candidates]);
  setNodes(panel, key, () => {
    if (now.member === null) return [element("div", "panel-head", element("p", "panel-who", say("called_all")), backButton(acts, dead))];
    const word = say(now.again ? "called_again" : "called_now", { place: now.place, of: now.of });
    const next = now.following.length ? say("called_next", { names: now.following.slice(0, 3).join(", ") }) : say("called_last");
    const who = element("p", `panel-who${acts.waits ? " is-waiting" : ""}`, now.name);
    who.setAttribute("aria-live", "polite");
    return [
      element("div", "panel-head", element("div", "", element("p", "kicker", word), who), element("p", "soft panel-next", next), backButton(acts, dead)),
      element("div", "answer-keys", ...keysOf(state, acts.answer, dead || acts.waits)),
    ];
  });
}

function backButton(acts, dead) {
  const back = element("button", "outlined is-small panel-back", element("kbd", "cap", "⌫"), element("span", "", say("called_back")));
  back.type = "button";
  back.disabled = dead;
  back.addEventListener("click", acts.back);
  return back;
}

function showEntry(panel, state, entry, acts, dead) {
  const found = sums(entry, state);
  const key = JSON.stringify(["entered", entry.rest, [...entry.answers], found, dead, state.vote.n]);
  setNodes(panel, key, () => {
    const total = found.map(({ option, name, n }) => element("span", "sum-part", shape(option), `${name ?? optionWord(option)} — ${n}`));
    return [
      element("div", "panel-head", element("p", "kicker", say(entry.rest === null ? "entry_rest" : "entry_except"))),
      element("div", "answer-keys", ...keysOf(state, acts.rest, dead, entry.rest)),
      element("p", "sums", ...(total.length ? total : [element("span", "soft", say("entry_none"))])),
    ];
  });
}

// The largest group is a number, the grid shows who is in it; the others are named.
function showEntered(panel, state) {
  const groups = enteredBy(state);
  const most = groups.reduce((a, b) => (b.who.length > a.who.length ? b : a), groups[0]);
  setNodes(panel, JSON.stringify(["check", groups]), () => {
    const word = ({ option, name }) => name ?? (option === null ? say("entry_missing") : optionWord(option));
    const lines = groups.map((group) => {
      const named = group !== most;
      const head = element("b", "sum-part", group.option === null ? "" : shape(group.option), `${word(group)} — ${group.who.length}${named ? ":" : ""}`);
      return element("li", "", head, named ? ` ${group.who.map((name) => name.replaceAll(" ", "\u00a0")).join(", ")}` : "");
    });
    return [element("p", "kicker", say("entry_check")), element("ul", "entered", ...lines)];
  });
}
