// The chair's view: what to say and do next in words, the vote's course, the floor, and the casting vote.

import { chairOffers, trouble } from "./chair_state.js";
import { timeOf } from "./clock.js";
import { makeActs } from "./console_act.js";
import { showFloor } from "./console_floor.js";
import { showClosed } from "./console_filming.js";
import { showHead } from "./console_head.js";
import { actOf, letters } from "./console_keys.js";
import { ACTS, CONFIRM_MS, FRESH_MS, actWord, asks, meaning, message } from "./console_offers.js";
import { actButton } from "./console_row.js";
import { isRunning, phaseOf } from "./console_state.js";
import { byId, setButtons, setHidden, setNodes, setText } from "./element.js";
import { keepTitleFitted } from "./fit.js";
import { connect } from "./socket.js";
import { showStrip } from "./strip.js";
import { asReason, bound, lang, ofTexts, page, rich, say } from "./words.js";

const KEYS = letters(ACTS, say);
const NOTE_MS = 8000;

let state = null; // the last ConsoleState
let choices = null;
let rights = new Set();
let offered = { main: null, others: [], all: [] };
let shownAt = new Map(); // meaning of what is offered now -> since when
const local = { link: "connecting", chosen: null, confirm: null, refused: null, lost: null, noteAt: 0, offlineAt: null };

const socket = connect({ url: page.ws, build: page.build, lang, onMessage: received, onLink: linked });

const acts = makeActs({
  send: (one) => socket.send(one),
  onChange: show,
  onGone: (sent) => note({ lost: say(sent.name) }),
  onRefused: (sent, text) => note({ refused: asReason(text) }),
});

function received(one) {
  if (one.type === "Welcome") {
    rights = new Set(one.staff?.acts ?? []);
    if (one.staff !== null) setText(byId("staff"), say(`role_${one.staff.role}`, { name: one.staff.name }));
    acts.again();
  }
  if (one.type === "ConsoleChoices") choices = one;
  if (one.type === "ConsoleState") state = one;
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

function ask(act) {
  if (state === null || local.link !== "up" || acts.waits(act) || !offered.all.includes(act)) return;
  const at = performance.now();
  const since = shownAt.get(meaning(act, state, local));
  if (since === undefined || at - since < FRESH_MS) return;
  Object.assign(local, { refused: null, lost: null });
  if (asks(act, state, socket.now()) && local.confirm?.act !== act) {
    local.confirm = { act, at };
    return show();
  }
  local.confirm = null;
  acts.start(act, (id) => message(act, state, local, id));
}

addEventListener("keydown", (event) => {
  const held = event.repeat && (event.key === "Enter" || event.key === " ");
  if (held && event.target.closest?.("button")) return event.preventDefault(); // a held key is one act
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const act = actOf(event, KEYS, offered.all);
  if (act === null) return;
  ask(act);
  event.preventDefault();
});

// --- the screen --------------------------------------------------------------------------------------------------------

const what = (act) => ({
  act,
  cap: KEYS[act].cap,
  word: say(...actWord(act, state, local, KEYS[act].cap)),
  waits: acts.waits(act),
  confirm: local.confirm?.act === act,
  dead: local.link !== "up",
});

function show() {
  setNodes(byId("link-word"), local.link, () => [say(`link_${local.link}`)]);
  byId("link").className = `link is-${local.link}`;
  setText(byId("clock"), timeOf(socket.now(), state?.sitting.timezone));
  const wrong = trouble(local);
  setHidden(byId("trouble"), wrong === null);
  setNodes(byId("trouble"), JSON.stringify(wrong), () => (wrong === null ? [] : rich(...wrong)));
  if (state === null) return;
  const phase = phaseOf(state);
  offered = chairOffers(state, rights);
  if (local.confirm !== null && !offered.all.includes(local.confirm.act)) local.confirm = null;
  const before = shownAt;
  const at = performance.now();
  shownAt = new Map(offered.all.map((act) => meaning(act, state, local)).map((one) => [one, before.get(one) ?? at]));
  document.body.classList.toggle("is-offline", local.link === "down");
  showStrip(byId("strip"), state.sitting, isRunning(phase) ? state.vote : null);
  setText(byId("body-name"), state.sitting.body_name);
  setText(byId("session"), state.sitting.session_label);
  showClosed(state, null, () => null);
  showHead(state, local, socket.now());
  setText(byId("prompt"), state.prompt === null ? "" : bound(ofTexts(state.prompt)));
  setText(byId("prompt-do"), state.prompt_do === null ? "" : bound(ofTexts(state.prompt_do)));
  showActs();
  showVoted(phase);
  showFloor(state, socket.now(), { kind: kindWord, button: () => null, key: "" }, 8);
}

const kindWord = (kind) => {
  const known = choices?.floor_kinds.find((one) => one.floor === kind);
  return known === undefined ? "" : ofTexts(known.text);
};

function showActs() {
  const row = byId("acts");
  const [main, others] = [offered.main && what(offered.main), offered.others.map(what)];
  const held = document.activeElement?.dataset?.act;
  const tie = others.some(({ act }) => act === "decide_for");
  const renewed = setButtons(row, JSON.stringify([main, others]), () => [
    ...(main === null ? [] : [actButton(main, "main-act", ask)]),
    ...others.map((one) => actButton(one, tie ? "outlined is-answer" : "outlined", ask)),
  ]);
  if (renewed && held !== undefined) row.querySelector(`[data-act=${held}]`)?.focus();
}

function showVoted(phase) {
  setHidden(byId("voted"), !isRunning(phase));
  const values = { n: state.voted, entitled: state.entitled };
  setNodes(byId("voted"), JSON.stringify(values), () => rich("voted_of", values));
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
