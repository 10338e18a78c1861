// The console's outer columns: the agenda, the counts, the quorum's meter, the equipment.

import { isDecided, isRunning, itemWord, margin, phaseOf, shownVote } from "./console_state.js";
import { byId, element, setAttribute, setButtons, setHidden, setNodes, setText } from "./element.js";
import { OPTIONS, shape } from "./shapes.js";
import { twoNotes } from "./sound.js";
import { bound, ofTexts, optionWord, say } from "./words.js";

export function showAgenda(state) {
  const words = state.agenda.map((item) => {
    const word = itemWord(item, state);
    return word === null ? ofTexts(item.verdict) : say(...word);
  });
  const key = JSON.stringify(state.agenda.map((item, i) => [item.item, item.title, item.state, words[i]]));
  const changed = setNodes(byId("items"), key, () =>
    state.agenda.length ? state.agenda.map((item, i) => agendaLine(item, words[i])) : [element("li", "item", say("no_agenda"))],
  );
  if (changed) showCurrent();
}

// Where the list has no room of its own (a narrow screen) the page would be scrolled, away from the next act.
function showCurrent() {
  const list = byId("items");
  if (list.scrollHeight > list.clientHeight) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

/** The item that is called stays in sight when the act under the list takes room from it. */
export const keepAgendaInSight = () => new ResizeObserver(showCurrent).observe(byId("items"));

function agendaLine(item, word) {
  const title = element("p", "item-title", bound(item.title));
  const line = element("li", `item is-${item.state}`, element("span", "item-no", item.item), title, element("p", "item-word", word));
  if (item.state === "current") line.setAttribute("aria-current", "true");
  return line;
}

export function showCounts(state) {
  const phase = phaseOf(state);
  const vote = shownVote(state);
  const result = isDecided(phase) ? vote.result : null;
  setHidden(byId("count-block"), !isRunning(phase) && result === null);
  if (isRunning(phase)) {
    setText(byId("count-head"), say("voted"));
    setNodes(byId("count"), `${state.voted} ${state.entitled}`, () => [figure("p", state.voted, state.entitled)]);
  } else if (result !== null) {
    setText(byId("count-head"), say("tally"));
    setNodes(byId("count"), JSON.stringify([result, vote.candidates]), () => [candidateList(vote), tallyList(result.tally, vote)]);
  }
  setNodes(byId("present"), `${state.present} ${state.seats}`, () => figure("p", state.present, state.seats).childNodes);
  showMeter(state);
  showMargin(state);
  const aside = state.recused.length ? say("recused_now", { names: state.recused.join(", ") }) : "";
  setText(byId("recused"), aside);
  setHidden(byId("recused"), aside === "");
}

function showMargin(state) {
  const near = margin(state);
  setText(byId("margin"), near === null ? "" : say(...near.says));
  byId("margin").className = near?.near ? "margin is-near" : "margin";
}

function figure(tag, count, whole) {
  return element(tag, "big", element("b", "", String(count)), " ", element("span", "soft", say("of", { n: whole })));
}

function candidateList({ candidates, result }) {
  const list = element("ul", "tally is-candidates");
  const counts = new Map(result.counts);
  for (const { candidate, name } of candidates) {
    const chosen = result.chosen === candidate;
    list.append(element("li", chosen ? "is-chosen" : "", element("b", "no", String(candidate)), element("span", "", name), element("b", "", String(counts.get(candidate) ?? 0))));
  }
  return list;
}

function tallyList(tally, { candidates }) {
  const chosen = candidates.length > 0; // nobody is for, and only on paper anybody against
  const known = OPTIONS.filter((option) => option in tally && !(chosen && (option === "for" || (option === "against" && tally.against === 0))));
  const shown = known.filter((option) => ["for", "against", "abstain", "not_voting"].includes(option) || tally[option] > 0);
  const list = element("ul", "tally");
  for (const option of shown) {
    list.append(element("li", "", shape(option), element("span", "", optionWord(option)), element("b", "", String(tally[option]))));
  }
  return list;
}

// A tick a seat, the line after the cell that makes the quorum.
function showMeter({ present, seats, quorum }) {
  const meter = byId("meter");
  setAttribute(meter, "aria-label", say("meter", { present, seats, quorum }));
  const changed = setNodes(meter, `${present} ${seats} ${quorum}`, () => {
    const ticks = Array.from({ length: seats }, (_, i) => element("i", i < present ? "tick is-there" : "tick"));
    return [...ticks, element("i", "meter-line")];
  });
  if (changed) meter.lastChild.style.left = `${(quorum / seats) * 100}%`;
  setText(byId("meter-label"), say("quorum", { n: quorum }));
  byId("meter-label").style.setProperty("--at", `${(quorum / seats) * 100}%`);
}

/** What waits for another clerk's confirmation; the button is one of the acts. */
export function showProposals(state, button) {
  setHidden(byId("proposals"), state.proposals.length === 0);
  setButtons(byId("proposals"), JSON.stringify([state.proposals.map((one) => one.proposal), button?.disabled]), () =>
    state.proposals.length === 0 ? [] : [element("p", "", say("proposals_wait", { n: state.proposals.length })), ...(button === null ? [] : [button])],
  );
}

let faults = null; // the lines that have a fault, by their place, so that each sounds and is read aloud once

export function showEquipment(state) {
  const broken = state.equipment.map((part, i) => ({ ...part, place: `${part.part} ${i}` })).filter((part) => !part.ok);
  const fresh = faults === null ? [] : broken.filter((part) => !faults.has(part.place));
  faults = new Set(broken.map((part) => part.place));
  if (fresh.length) {
    twoNotes();
    setText(byId("equipment-alert"), fresh.map((part) => ofTexts(part.text)).join(" "));
  }
  setNodes(byId("equipment"), JSON.stringify(state.equipment), () =>
    state.equipment.map(({ ok, text }) =>
      element("li", ok ? "" : "is-fault", shape(ok ? "tick" : "warning"), element("span", "", bound(ofTexts(text)))),
    ),
  );
  const box = byId("equipment").parentElement;
  if (box.scrollHeight > box.clientHeight) box.tabIndex = 0; // to be scrolled by keys
  else box.removeAttribute("tabindex");
}
