// The clerk's console: one next act, always in the same place. What is offered and said is worked out in
// console_state.js; here are the keys, the acts on their way, and the screen.

import { makeActs } from "./console_act.js";
import { bindDesks, focusDesks, showDesks, showLegend } from "./console_desks.js";
import { follow, isOpen, openDesk, openItems, openTime } from "./console_dialogs.js";
import { showAgenda, showCounts, showEquipment } from "./console_panels.js";
import { CONFIRM_MS, FRESH_MS, actWord, asks, guard, kicker, message, nextSeconds, offers, phaseOf } from "./console_state.js";
import { minutesOf, timeOf } from "./clock.js";
import { leftOf } from "./countdown.js";
import { byId, element, setAttribute, setHidden, setNodes, setText } from "./element.js";
import { fitLine, fitTitle, keepTitleFitted } from "./fit.js";
import { shape } from "./shapes.js";
import { connect } from "./socket.js";
import { showStrip } from "./strip.js";
import { asReason, bound, inTwo, lang, ofTexts, page, rich, say } from "./words.js";

const ACTS = ["open_sitting", "call_item", "open_vote", "change_time", "mark_presence", "close_vote", "announce", "close_sitting"];
const KEYS = Object.fromEntries(ACTS.map((act) => [act, say(`key_${act}`).split(/\s/)])); // act: [cap, code]
const NOTE_MS = 8000;

let state = null; // the last ConsoleState
let desk = null; // the open desk dialog
let shownAt = new Map(); // what is offered now -> since when
const local = { link: "connecting", presence: false, chosen: null, confirm: null, refused: null, lost: null, noteAt: 0, offlineAt: null };

const socket = connect({ url: page.ws, build: page.build, lang, onMessage: received, onLink: linked, mayReload: () => !isOpen() });

const acts = makeActs({
  send: (one) => socket.send(one),
  onChange: show,
  onGone: (sent) => note({ lost: sent.message.type === "SetPresence" ? say("mark_presence") : say(sent.name) }),
  onRefused: (sent, text) => note({ refused: asReason(text) }),
  onMade: (sent, made) => desk?.made(made),
});

function received(one) {
  if (one.type === "Welcome") acts.again();
  if (one.type === "ConsoleState") {
    const before = state && phaseOf(state);
    state = one;
    if (before !== phaseOf(state)) Object.assign(local, { confirm: null, presence: local.presence && phaseOf(state) !== "open" });
    follow(state);
  }
  if ("act" in one && one.act !== null) acts.answered(one);
  else if (one.type === "Refused") note({ refused: asReason(one.text) });
  show();
}

function linked(link) {
  local.link = link;
  local.offlineAt = link === "down" ? socket.now() : null;
  show();
}

function note(what) {
  Object.assign(local, { refused: null, lost: null, ...what, noteAt: performance.now() });
  show();
}

// --- acts ------------------------------------------------------------------------------------------------------------

/** The clerk asks for an act, by its letter or by a click. */
function ask(act) {
  if (state === null || local.link !== "up" || acts.waits(act)) return;
  const at = performance.now();
  if (at - (shownAt.get(meaning(act)) ?? Infinity) < FRESH_MS || !shownAt.has(meaning(act))) return;
  Object.assign(local, { refused: null, lost: null });
  if (act === "change_time") return openTime(state, local, chooseTime);
  if (act === "mark_presence") return markPresence(!local.presence);
  if (asks(act, state, socket.now()) && local.confirm?.act !== act) {
    local.confirm = { act, at };
    return show();
  }
  local.confirm = null;
  if (act === "open_vote") local.presence = false;
  acts.start(act, (id) => message(act, state, local, id));
}

function chooseTime(seconds) {
  local.chosen = { vote_n: state.next_vote_n, seconds };
  show();
}

function markPresence(on) {
  local.presence = on;
  if (on) focusDesks();
  show();
}

function callOther() {
  if (state === null || local.link !== "up" || !offers(state).other) return;
  openItems(
    state,
    (item) => acts.start("call_item", (id) => ({ type: "CallItem", act: id, item })),
    () => acts.start("close_sitting", (id) => ({ type: "CloseSitting", act: id })),
  );
}

function togglePresence({ member, present }) {
  if (member === null || local.link !== "up" || acts.waits(member)) return;
  acts.start(member, (id) => ({ type: "SetPresence", act: id, member, present: !present }));
}

bindDesks((deskNo) => {
  if (local.presence) return togglePresence(state.desks.find((one) => one.desk_no === deskNo));
  desk = openDesk(deskNo, state, {
    presence: togglePresence,
    enrol: (desk_no) => acts.start("enrol", (id) => ({ type: "MakeEnrolment", act: id, desk_no })),
    revoke: (desk_no) => acts.start("revoke", (id) => ({ type: "RevokeTerminals", act: id, desk_no })),
  });
});

addEventListener("keydown", (event) => {
  const held = event.repeat && (event.key === "Enter" || event.key === " ");
  if (held && event.target.closest?.("button")) return event.preventDefault(); // a held key is one act
  if (state === null || isOpen() || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (event.key === "Escape" && local.presence) return markPresence(false);
  const act = ACTS.find((one) => KEYS[one][1] === event.code);
  if (act === undefined) return;
  const { main, others, other } = offers(state);
  if (act === "call_item" && other && (event.shiftKey || main !== "call_item")) callOther();
  else if (!event.shiftKey && (act === main || others.includes(act))) ask(act);
  else return;
  event.preventDefault();
});

byId("call-other").addEventListener("click", callOther);

// --- the screen --------------------------------------------------------------------------------------------------------

const zone = () => state?.sitting.timezone;

// What a button would do now; when this changes, the button is new.
const meaning = (act) => `${act} ${local.confirm?.act === act} ${act === "call_item" ? state.next_item : (state.vote?.n ?? 0)}`;

function said([word, values]) {
  const filled = { ...values };
  if ("time" in filled) filled.time = timeOf(filled.time, zone());
  if ("decision" in filled) filled.decision = say(filled.decision);
  if (Array.isArray(filled.list)) filled.list = filled.list.map(listed).join(", ");
  return [word, filled];
}

const listed = ([no, word, values]) => (word === undefined ? no : `${no} (${say(word, values)})`);

function show() {
  setNodes(byId("link-word"), local.link, () => [say(`link_${local.link}`)]);
  byId("link").className = `link is-${local.link}`;
  setText(byId("clock"), timeOf(socket.now(), zone()));
  if (state === null) return;
  const offline = local.link === "down";
  document.body.classList.toggle("is-offline", offline);
  showStrip(byId("strip"), state.sitting, ["open", "closed", "announced"].includes(phaseOf(state)) ? state.vote : null);
  setText(byId("body-name"), state.sitting.body_name);
  setText(byId("session"), state.sitting.session_label);
  showAgenda(state);
  showHead();
  showActs();
  showGuard();
  showDesks(state, local.presence, acts.waits);
  showLegend(phaseOf(state), state);
  showCounts(state);
  showEquipment(state);
}

function showHead() {
  const phase = phaseOf(state);
  const { vote, item } = state;
  const own = ["open", "closed", "announced"].includes(phase);
  setHidden(byId("live-dot"), phase !== "open" || local.link !== "up");
  setText(byId("kicker"), say(...said(kicker(state))));
  const title = own ? vote.title : item !== null && state.sitting.state === "open" ? (state.next_motion ?? item.title) : phase === "none" ? say("no_item") : state.sitting.session_label;
  const changed = setText(byId("title"), bound(title));
  const needed = phase === "open" ? vote.requirement : phase === "item" ? state.requirement : null;
  const reason = own && vote.result ? ofTexts(vote.result.reason) : "";
  const renewed = setNodes(byId("needed"), JSON.stringify([needed, reason]), () => {
    if (needed !== null) return [...rich("needed", needed), element("span", "soft", ` — ${bound(ofTexts(needed.text))}`)];
    const [first, rest] = inTwo(reason);
    return [bound(first), element("span", "soft", rest && bound(` — ${rest}`))];
  });
  showAside(phase);
  if (changed || renewed) fitTitle(byId("title"));
}

function showAside(phase) {
  const { vote } = state;
  const figure = byId("aside-figure");
  const decided = phase === "closed" || phase === "announced";
  let label = "";
  let text = "";
  let remark = "";
  if (decided) {
    text = ofTexts(vote.result.verdict);
    remark = say(phase === "closed" ? "not_announced" : "announced");
  } else if (phase === "open" && vote.closes_at !== null) {
    const ms = leftOf(vote, socket.now());
    label = say(ms > 0 ? "closes_in" : "closing_now");
    text = minutesOf(ms);
  } else if (phase === "open") {
    label = say("open_ended");
  } else if (state.next_motion && state.sitting.state === "open") {
    const seconds = nextSeconds(state, local);
    label = say("time_limit");
    if (seconds === null) remark = say("no_limit");
    else text = minutesOf(seconds * 1000);
  }
  if (local.offlineAt !== null) remark = say("as_of", { time: timeOf(local.offlineAt, zone()) });
  setText(byId("aside-label"), label);
  figure.className = `aside-figure${decided ? " is-verdict" : ""}${phase === "open" ? "" : " is-soft"}`;
  if (setText(figure, text)) fitLine(figure, 0.4);
  setText(byId("aside-note"), remark);
}

function showActs() {
  const { main, others, other } = offers(state);
  if (local.confirm !== null && local.confirm.act !== main) local.confirm = null;
  const shown = [main, ...others].filter((act) => act !== null);
  const before = shownAt;
  const at = performance.now();
  shownAt = new Map(shown.map((act) => [meaning(act), before.get(meaning(act)) ?? at]));
  const words = shown.map((act) => say(...actWord(act, state, local, KEYS[act][0])));
  const dead = local.link !== "up";
  const key = JSON.stringify([shown, words, dead, shown.map(acts.waits), local.confirm, local.presence]);
  const held = document.activeElement?.dataset?.act;
  const renewed = setNodes(byId("acts"), key, () => shown.map((act, i) => actButton(act, words[i], act === main, dead)));
  if (renewed && held !== undefined) (byId("acts").querySelector(`[data-act=${held}]`) ?? byId("acts").firstChild)?.focus();
  setHidden(byId("call-other"), !other);
  byId("call-other").disabled = dead;
  setNodes(byId("call-other"), String(main === "call_item"), () => [
    element("span", "cap", (main === "call_item" ? "⇧" : "") + KEYS.call_item[0]),
    element("span", "", say("call_other")),
  ]);
}

function actButton(act, word, isMain, dead) {
  const waits = acts.waits(act);
  const words = element("span", "act-word", waits ? say("sending") : word);
  const button = element("button", isMain ? "main-act" : "outlined", element("span", "cap", KEYS[act][0]), words);
  button.type = "button";
  button.dataset.act = act;
  button.disabled = dead;
  button.classList.toggle("is-confirm", local.confirm?.act === act);
  setAttribute(button, "aria-busy", waits ? "true" : null);
  if (act === "mark_presence") button.setAttribute("aria-pressed", String(local.presence));
  button.addEventListener("click", () => ask(act));
  return button;
}

function showGuard() {
  const { band, mark, says } = guard(state, local);
  const words = says.map(said);
  byId("guard").className = `guard is-${band}`;
  setNodes(byId("guard-mark"), String(mark), () => (mark === null ? [] : [shape(mark)]));
  setNodes(byId("guard-text"), JSON.stringify(words), () => {
    if (says[0][0] === "chair") return [element("span", "soft", say("words_for_chair")), " ", element("span", "serif", say(...words[0]))];
    return words.flatMap((one, i) => [...(i > 0 ? [" "] : []), ...rich(...one)]);
  });
}

setInterval(() => {
  const at = performance.now();
  acts.tick(at);
  if (local.confirm !== null && at - local.confirm.at > CONFIRM_MS) local.confirm = null;
  if ((local.refused || local.lost) && at - local.noteAt > NOTE_MS) Object.assign(local, { refused: null, lost: null });
  show();
}, 200);
keepTitleFitted(byId("title"));
show();
