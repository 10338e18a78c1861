// The clerk's console: one next act, always in the same place. What is offered and said is worked out in the pure
// modules console_offers.js, _state, _guard and _cells; here are the keys, the acts on their way, and the screen.

import { makeActs } from "./console_act.js";
import { openAgenda, openItems } from "./console_agenda.js";
import { bindDesks, focusDesks, focusedDesk, showDesks, showLegend } from "./console_desks.js";
import { openDesk } from "./console_desk_dialog.js";
import { close, follow, isOpen } from "./console_dialog.js";
import { makeEntering } from "./console_entering.js";
import { digitOf, drafts, withEntered } from "./console_entry.js";
import { fitFloor, showFloor } from "./console_floor.js";
import { kindWord, openFloor, openFloorFor } from "./console_floor_dialog.js";
import { showClosed } from "./console_filming.js";
import { openPause } from "./console_filming_dialog.js";
import { showHead } from "./console_head.js";
import { actOf, letters } from "./console_keys.js";
import { ACTS, CONFIRM_MS, FRESH_MS, actWord, asks, meaning, message, offers } from "./console_offers.js";
import { openChair, openPalette, openRehearsal } from "./console_palette.js";
import { showPanel } from "./console_panel.js";
import { keepAgendaInSight, showAgenda, showCounts, showEquipment, showProposals } from "./console_panels.js";
import { minutesOf, readinessOf, sheetOf } from "./console_papers.js";
import { openPast, openProposals, openVoid } from "./console_past.js";
import { actButton, emptyWord, showActs, showGuard } from "./console_row.js";
import { openSecret } from "./console_secret_form.js";
import { isRunning, nextSeconds, phaseOf, repeatable, shownVote } from "./console_state.js";
import { openOverride, openTime, openVoteForm } from "./console_vote_form.js";
import { timeOf } from "./clock.js";
import { byId, element, setButtons, setHidden, setNodes, setText } from "./element.js";
import { keepTitleFitted } from "./fit.js";
import { connect } from "./socket.js";
import { showStrip } from "./strip.js";
import { asReason, lang, page, say } from "./words.js";

const KEYS = letters(ACTS, say);
const MORE = letters(["more"], say).more;
const TIMES = [30, 60, 90, 120, 180, 300];
const NOTE_MS = 8000;
const JUMP_MS = 900; // figures typed within this time are one desk's number

let state = null; // the last ConsoleState
let offered = { main: null, others: [], all: [] };
let shownAt = new Map(); // meaning of what is offered now -> since when
let typed = { figures: "", at: 0 };
const QUIET = { refused: null, lost: null, said: null, missed: null }; // nothing is noted
const local = { ...QUIET, link: "connecting", staff: null, presence: false, chosen: null, confirm: null, noteAt: 0, offlineAt: null, entry: null, back: null, entered: null };

const socket = connect({ url: page.ws, build: page.build, lang, onMessage: received, onLink: linked, mayReload: () => !isOpen() });

const acts = makeActs({
  send: (one) => socket.send(one),
  onChange: show,
  onGone: (sent) => note({ lost: sent.name in KEYS ? say(sent.name) : say("mark_presence") }),
  onRefused: (sent, text) => note({ refused: asReason(text) }),
});

// What the dialogs know of the console.
const hall = {
  get state() {
    return state;
  },
  get seconds() {
    return state.next_motion ? nextSeconds(state, local) : (hall.choices.vote_seconds ?? state.vote?.seconds ?? null);
  },
  get nextSeconds() {
    return nextSeconds(state, local);
  },
  choices: null, // ConsoleChoices
  staff: null, // StaffView
  rights: new Set(),
  sittings: [],
  start: (name, fields, on) => acts.start(name, (act) => ({ ...fields, act }), on),
  tell: (word) => note({ said: word }),
};

const entering = makeEntering({ hall, local, acts, changed: show, missed: (word) => note({ missed: word }), fresh: FRESH_MS });

const DIALOGS = {
  change_time: () => openTime(nextSeconds(state, local), TIMES, chooseTime),
  mark_presence: () => markPresence(!local.presence),
  call_other: () => openItems(hall),
  void_vote: () => openVoid(hall, shownVote(state).n),
  reconsider: () => openVoteForm(hall, "reconsider", state.votes.find((vote) => vote.n === state.vote.n), "reconsideration"),
  print: () => sheetOf(state.sitting.sitting, shownVote(state).n),
  minutes: () => minutesOf(state.sitting.sitting),
  past_votes: () => openPast(hall),
  proposals: () => openProposals(hall),
  secret_vote: () => openSecret(hall),
  repeat_secret: () => openSecret(hall, repeatable(state)),
  give_floor: () => openFloor(hall),
  set_chair: () => openChair(hall),
  pause_filming: () => openPause(hall),
  change_agenda: () => openAgenda(hall),
  rehearse: () => openRehearsal(hall),
  readiness: () => readinessOf(state.sitting.sitting),
  enter_answers: () => entering.send(),
};
for (const act of ["change_text", "ad_hoc", "call_roll", "enter_by_hand", "candidates", "block_vote", "alternative", "as_amended"]) {
  DIALOGS[act] = () => openVoteForm(hall, act);
}

function received(one) {
  if (one.type === "Welcome") {
    hall.staff = one.staff;
    hall.rights = new Set(one.staff?.acts ?? []);
    hall.sittings = one.sittings;
    local.staff = one.staff?.staff ?? null;
    acts.again();
  }
  if (one.type === "ConsoleChoices") hall.choices = one;
  if (one.type === "EnteredAnswers") local.entered = one;
  if (one.type === "ConsoleState") {
    const before = state && `${phaseOf(state)} ${state.vote?.n}`;
    state = withEntered(one, local.entered);
    if (before !== `${phaseOf(state)} ${state.vote?.n}`) {
      Object.assign(local, { confirm: null, presence: local.presence && !isRunning(phaseOf(state)) });
    }
    entering.follow(state);
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
  Object.assign(local, { ...QUIET, ...what, noteAt: performance.now() });
  show();
}

// --- acts ------------------------------------------------------------------------------------------------------------

/** The clerk asks for an act, by its letter or by a click. */
function ask(act) {
  if (state === null || hall.choices === null || local.link !== "up" || acts.waits(act) || !offered.all.includes(act)) return;
  const at = performance.now();
  const since = shownAt.get(meaning(act, state, local));
  if (since === undefined || at - since < FRESH_MS) return;
  Object.assign(local, QUIET);
  const made = message(act, state, local, "");
  if (made === null && act in DIALOGS) return DIALOGS[act]();
  if (made === null) return openOverride(hall, act);
  if (asks(act, state, socket.now()) && local.confirm?.act !== act) {
    local.confirm = { act, at };
    return show();
  }
  local.confirm = null;
  if (made.type === "OpenVote") local.presence = false;
  acts.start(act, (id) => message(act, state, local, id));
}

function more() {
  if (state !== null && local.link === "up") openPalette(hall, () => offered.all.map((act) => ({ act, cap: KEYS[act].cap, word: wordOf(act) })), ask);
}

function chooseTime(seconds) {
  local.chosen = { vote_n: state.next_vote_n, seconds };
  close();
  show();
}

function markPresence(on) {
  local.presence = on;
  if (on) focusDesks();
  show();
}

function togglePresence({ member, present }) {
  if (member === null) return note({ missed: "presence_nobody" });
  if (local.link !== "up" || acts.waits(member)) return;
  acts.start(member, (act) => ({ type: "SetPresence", act, member, present: !present }));
}

bindDesks((deskNo) => {
  const desk = state?.desks.find((one) => one.desk_no === deskNo);
  if (desk === undefined || hall.choices === null) return;
  if (local.presence) togglePresence(desk);
  else if (!entering.toggle(desk)) openDesk(hall, deskNo, (member) => openFloorFor(hall, member));
});

addEventListener("keydown", (event) => {
  const held = event.repeat && (event.key === "Enter" || event.key === " ");
  if (held && event.target.closest?.("button")) return event.preventDefault(); // a held key is one act
  if (state === null || isOpen() || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (pressed(event)) event.preventDefault();
});

function pressed(event) {
  if (event.key === "Escape" && local.presence) return markPresence(false), true;
  if (entering.key(event, focusedDesk())) return true;
  if (event.code === MORE.code && event.shiftKey === MORE.shift) return more(), true;
  const act = actOf(event, KEYS, offered.all);
  if (act !== null) return ask(act), true;
  return jump(digitOf(event.code));
}

/** A desk's number typed puts the keyboard on it. */
function jump(figure) {
  if (figure === null) return false;
  const at = performance.now();
  const figures = (at - typed.at < JUMP_MS ? typed.figures : "") + figure;
  typed = { figures, at };
  focusDesks(Number(figures));
  return true;
}

byId("more").addEventListener("click", more);

// --- the screen --------------------------------------------------------------------------------------------------------

const wordOf = (act) => say(...actWord(act, state, local, KEYS[act].cap));

const what = (act) => ({
  act,
  cap: KEYS[act].cap,
  word: wordOf(act),
  waits: acts.waits(act),
  confirm: local.confirm?.act === act,
  pressed: act === "mark_presence" ? local.presence : undefined,
  dead: local.link !== "up" || hall.choices === null,
});

const inRow = (act) => act === offered.main || offered.others.includes(act);

/** A button of one of the acts for a place outside the row; null where it is not allowed now, or in the row. */
const buttonOf = (act, className = "outlined is-small") => (offered.all.includes(act) && !inRow(act) ? actButton(what(act), className, ask) : null);

function show() {
  setNodes(byId("link-word"), local.link, () => [say(`link_${local.link}`)]);
  byId("link").className = `link is-${local.link}`;
  setText(byId("clock"), timeOf(socket.now(), state?.sitting.timezone));
  if (state === null) return;
  const phase = phaseOf(state);
  offered = offers(state, local, hall.rights);
  if (local.confirm !== null && !offered.all.includes(local.confirm.act)) local.confirm = null;
  const before = shownAt;
  const at = performance.now();
  shownAt = new Map(offered.all.map((act) => meaning(act, state, local)).map((one) => [one, before.get(one) ?? at]));
  document.body.classList.toggle("is-offline", local.link === "down");
  showBar(phase);
  showAgenda(state);
  showHead(state, local, socket.now());
  showActs(offered.main && what(offered.main), offered.others.map(what), emptyWord(state, local, readsOnly()), ask);
  showGuard(state, local);
  byId("more").disabled = local.link !== "up" || hall.choices === null;
  showPanel(state, local, entering, local.link !== "up", hall.rights.has("EnterAnswers"));
  showDesks(state, local.presence, acts.waits, drafts(local.entry, state));
  showLegend(phase, state);
  showCounts(state);
  showProposals(state, buttonOf("proposals"));
  place("call-other", "call_other");
  place("give-floor", "give_floor");
  const resumes = offered.all.includes("resume_filming") && what("resume_filming");
  showClosed(state, resumes, () => (resumes ? actButton(resumes, "outlined is-small", ask) : null));
  showEquipment(state);
  const parts = { kind: (kind) => kindWord(hall, kind), button: buttonOf, key: floorKey() };
  const beside = [phase, state.floor?.queue.length, state.floor?.speech?.speech, state.proposals.length, state.recused, state.equipment, parts.key.length];
  fitFloor(byId("side"), beside, (lines) => showFloor(state, socket.now(), parts, lines));
}

const floorKey = () => ["next_speaker", "pause_floor", "resume_floor", "end_floor"].map((act) => offered.all.includes(act) && [inRow(act), what(act)]);

/** One act in a place of its own at the side. */
function place(id, act) {
  const shown = offered.all.includes(act) && !inRow(act);
  setHidden(byId(id), !shown);
  if (shown) setButtons(byId(id), JSON.stringify(what(act)), () => [buttonOf(act, "outlined")]);
}

const readsOnly = () => [...hall.rights].every((right) => ["papers.print", "readiness.read"].includes(right));

function showBar(phase) {
  const voted = ["open", "called", "entered", "held", "closed", "announced"].includes(phase);
  showStrip(byId("strip"), state.sitting, voted ? state.vote : null);
  setText(byId("body-name"), state.sitting.body_name);
  setText(byId("session"), state.sitting.session_label);
  const chair = state.chair === null ? "" : say("chaired_by", { name: `${state.chair.given_name} ${state.chair.family_name}` });
  setText(byId("chair"), chair);
  if (hall.staff !== null) setText(byId("staff"), say(`role_${hall.staff.role}`, { name: hall.staff.name }));
}

setInterval(() => {
  const at = performance.now();
  acts.tick(at);
  if (local.confirm !== null && at - local.confirm.at > CONFIRM_MS) local.confirm = null;
  if (at - local.noteAt > NOTE_MS) Object.assign(local, QUIET);
  show();
}, 200);
keepTitleFitted(byId("title"));
keepAgendaInSight();
show();
