// The seat terminal's screen: the view of terminal_view.js put on the page. Panels, menus and the result are drawn by
// terminal_panels.js.

import { minutesOf, timeOf } from "./clock.js";
import { byId, element, setAttribute, setButtons, setHidden, setNodes, setText } from "./element.js";
import { fitTitle, fitWords } from "./fit.js";
import { shape } from "./shapes.js";
import { showStrip } from "./strip.js";
import { drawMenu, drawOutcome, drawPanel, drawReceipt, drawSeat, fitOwn, makePad, outcomeAloud } from "./terminal_panels.js";
import { nameOf, sentence } from "./terminal_words.js";
import { view } from "./terminal_view.js";
import { bound, neededOf, ofTexts, say } from "./words.js";

let input = () => {}; // takes the events of the screen

/** Hand on what is touched on the screen, as events of terminal_state.js. */
export function onInput(happen) {
  input = happen;
  byId("leave").addEventListener("click", () => happen({ type: "Do", control: "7" }));
  makePad(happen);
}

export function draw(state, now) {
  const seen = view(state, now);
  const words = wordsOf(state, seen);
  drawIdentity(state, seen);
  drawMotion(seen, words);
  drawSide(seen);
  drawTime(state, now, seen);
  drawLamp(seen, words);
  drawMenu(byId("menu"), seen.menu, words, input);
  drawSeat(seen.seat, input);
  drawPanel(byId("panel"), seen.panel, words);
  drawKeys(seen, words);
  setHidden(byId("outcome"), seen.outcome === null);
  if (seen.outcome !== null) drawOutcome(seen.outcome, words);
  drawReceipt(byId("receipt"), seen.receipt);
}

// What sentences are filled with: whose options, which candidates, which zone.
const wordsOf = (state, seen) => ({
  zone: state.chamber?.sitting.timezone,
  gender: seen.member?.gender ?? null,
  candidates: seen.candidates,
});

function drawIdentity({ deskNo, chamber }, { member, link, leave }) {
  if (chamber !== null) showStrip(byId("strip"), chamber.sitting, chamber.vote);
  setText(byId("desk-no"), deskNo === null ? "" : String(deskNo));
  const names = member === null ? [] : [member.family_name, member.given_name, member.patronymic];
  setText(byId("name"), names.filter(Boolean).join(" "));
  const seat = deskNo === null ? "" : say("desk", { no: deskNo });
  setText(byId("seat"), [seat, member?.faction].filter(Boolean).join(" · "));
  byId("link").className = `link is-${link}`;
  setText(byId("link-word"), say(`link_${link}`));
  setHidden(byId("leave"), leave === null);
  byId("leave").disabled = leave === null || leave.dead || leave.busy;
}

function drawMotion(seen, words) {
  setHidden(byId("motion"), seen.seat !== null);
  setHidden(byId("aside"), seen.seat !== null); // the pad lies there
  setHidden(byId("live-dot"), !seen.liveDot);
  setText(byId("kicker"), seen.kicker === null ? "" : sentence(seen.kicker, words));
  const title = byId("title");
  const said = [
    setText(title, seen.title === null ? "" : bound(seen.title.text)),
    setText(byId("label"), seen.label === null ? "" : bound(ofTexts(seen.label))),
    setText(byId("exception"), seen.exception ? say("exception_note") : ""),
  ];
  const needed = seen.requirement;
  const why = needed === null ? "" : ofTexts(needed.text);
  const renewed = setNodes(byId("needed"), needed === null ? "" : `${needed.needed} ${needed.seats} ${why}`, () => {
    if (needed === null) return [];
    const { head, why: rule } = neededOf(needed);
    return [...head, element("span", "soft", rule && ` — ${rule}`)];
  });
  if (renewed || said.some(Boolean)) fitTitle(title);
}

function drawSide({ buttons }) {
  const key = JSON.stringify(buttons.map(({ control, word }) => [control, word]));
  setButtons(byId("side"), key, () =>
    buttons.map(({ control, word }) => {
      const button = element("button", "side-act", element("span", "cap", control), element("span", "", say(`do_${word}`)));
      button.type = "button";
      button.dataset.does = word;
      button.addEventListener("click", () => input({ type: "Do", control }));
      return button;
    }),
  );
  buttons.forEach(({ dead, busy }, i) => {
    const button = byId("side").children[i];
    if (button === undefined) return; // one of those before is being pressed
    button.disabled = dead;
    setAttribute(button, "aria-busy", busy ? "true" : null);
  });
}

/** What changes with the clock alone: the countdown of a vote or of the member's own speech, and the time of day. */
export function drawTime(state, now, { countdown, timer } = view(state, now)) {
  setText(byId("clock"), timeOf(now, state.chamber?.sitting.timezone));
  const shown = countdown ?? timer;
  const box = byId("countdown");
  setHidden(box, shown === null);
  if (shown === null) return;
  box.classList.toggle("is-soft", shown.soft === true);
  box.classList.toggle("is-low", shown.low === true || shown.phase === "over");
  box.classList.toggle("is-last", shown.phase === "last");
  box.classList.toggle("is-open-ended", shown.ms === null);
  setText(byId("countdown-label"), say(shown.label));
  const over = shown.phase === "over" ? "+" : "";
  setText(byId("figure"), shown.ms === null ? "" : over + minutesOf(over ? Math.floor(shown.ms / 1000) * 1000 : shown.ms));
  setHidden(byId("drain"), (shown.share ?? null) === null);
  byId("drain-left").style.width = `${(shown.share ?? 0) * 100}%`;
}

function drawLamp({ lamp, outcome, panel, menu }, words) {
  const box = byId("lamp");
  // a panel, a menu or the outcome says it on the screen; who listens hears it here
  const aloud = panel !== null ? sentence(panel.head, words) : menu !== null ? sentence(menu.ask, words) : null;
  if (aloud !== null || lamp === null) {
    box.className = "unseen";
    setText(byId("lamp-head"), aloud ?? outcomeAloud(outcome, words));
    setText(byId("lamp-soft"), panel === null ? "" : sentence(panel.text, words));
    return;
  }
  box.className = `lamp lamp-${lamp.band}` + (lamp.band === "recorded" ? ` option-${lamp.mark}` : "");
  setNodes(byId("lamp-mark"), lamp.mark, () => [shape(lamp.mark)]);
  byId("lamp-mark").classList.toggle("blinks", lamp.mark === "sending");
  setText(byId("lamp-head"), sentence(lamp.head, words));
  setText(byId("lamp-soft"), lamp.soft === null ? "" : sentence(lamp.soft, words));
}

function drawKeys({ keys, candidates }, words) {
  const box = byId("keys");
  setHidden(box, keys === null);
  if (keys === null) return;
  const named = candidates.length > 0 && keys.some(({ candidate }) => candidate !== null);
  const made = JSON.stringify(keys.map((key) => [key.option, nameOf(key, words)]));
  const renewed = setNodes(box, made, () => keys.map((key, i) => makeKey(key, i + 1, words)));
  box.className = named ? `keys of-candidates has-${keys.length}` : "keys";
  const changed = keys.map((key, i) => drawKey(box.children[i], key));
  if (named && (renewed || changed.some(Boolean))) fitKeys();
}

/** Names of candidates stand inside their keys, whatever their length. */
const fitKeys = () => fitWords(document.querySelectorAll(".of-candidates .key-word"));

/** What is fitted by measuring, measured anew: the window or the font is another. */
export function refit() {
  fitKeys();
  fitOwn();
}

function makeKey({ option, candidate }, number, words) {
  const word = element("span", "key-word", nameOf({ option, candidate }, words));
  const button = element("button", "key", element("span", "cap", String(number)), element("span", "key-tag"), shape(option), word);
  button.type = "button";
  button.addEventListener("click", () => input({ type: "Key", option, candidate }));
  return button;
}

function drawKey(button, { option, look, recorded, pending, aloud }) {
  const dead = look === "dead" || look === "kept";
  button.className = `key option-${option} is-${look === "kept" ? "recorded is-kept" : look}`;
  setAttribute(button, "aria-disabled", dead ? "true" : null);
  setAttribute(button, "aria-pressed", recorded ? "true" : "false");
  setAttribute(button, "aria-busy", pending ? "true" : null);
  const tag = button.querySelector(".key-tag");
  setHidden(tag, !pending && !recorded);
  return setText(tag, pending ? say("tag_pending") : !recorded ? "" : say(aloud ? "tag_aloud" : "tag_recorded"));
}
