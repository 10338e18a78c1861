// What a clerk may do now: the next act, those beside it, and all others. Pure.
//
// An act is offered where the sitting allows it and the role has the right (the name of its message; null: it only
// shows something). The hall decides again; what it refuses is said.

import { hasQuorum, isRunning, nextSeconds, phaseOf, repeatable, shownVote } from "./console_state.js";

export const CONFIRM_MS = 4000;
export const FRESH_MS = 1000; // an act that has just appeared or changed its meaning ignores input

/** Acts that are never on the screen together share a letter: act -> whose. */
export const SAME_KEY = { resume_vote: "hold_vote", resume_floor: "pause_floor", repeat_vote: "open_vote", repeat_secret: "open_vote", resume_filming: "pause_filming", end_rehearsal: "rehearse" };

const SETTLED = ["none", "item", "idle", "announced", "voided", "secret"];
const settled = ({ phase }) => SETTLED.includes(phase);
const begun = ({ phase }) => phase !== "planned" && phase !== "over";
const still = (now) => begun(now) && !isRunning(now.phase);
const lastMay = (what) => ({ state }) => may(state, shownVote(state)?.n, what);
const speech = (state) => state.floor?.speech ?? null;
const speaks = (state) => speech(state)?.paused === false; // no vote opens meanwhile
const votes = (now) => settled(now) && !speaks(now.state);
const onItem = (now) => votes(now) && now.state.item !== null;
const onPaper = (state) => Boolean(repeatable(state)?.ballot);
const repeats = (now) => votes(now) && repeatable(now.state) !== null && !onPaper(now.state);
const opens = (now) => votes(now) && Boolean(now.state.next_motion) && repeatable(now.state) === null;
export const presided = (state) => state.chair !== null && state.chair_casts !== false; // the casting vote is the chair's
const decides = ({ state, phase }) => phase === "tied" && presided(state);
const prepared = ({ state }) => state.sitting.state === "planned";

// act -> [right, when]; the order is that of the palette.
const TABLE = {
  open_sitting: ["OpenSitting", ({ phase }) => phase === "planned"],
  open_vote: ["OpenVote", opens],
  repeat_vote: ["OpenVote", repeats],
  repeat_secret: ["RecordSecretVote", (now) => votes(now) && onPaper(now.state)],
  close_vote: ["CloseVote", ({ phase }) => isRunning(phase)],
  hold_vote: ["HoldVote", ({ phase }) => isRunning(phase) && phase !== "held"],
  resume_vote: ["ResumeVote", ({ phase }) => phase === "held"],
  enter_answers: ["EnterAnswers", ({ phase }) => phase === "entered"],
  decide_for: ["DecideTie", decides],
  decide_against: ["DecideTie", decides],
  announce: ["AnnounceResult", ({ phase }) => phase === "closed"],
  call_item: ["CallItem", (now) => settled(now) && now.state.next_item !== null],
  call_other: ["CallItem", (now) => settled(now) && now.state.agenda.some((item) => item.state !== "withdrawn")],
  change_time: ["OpenVote", (now) => opens(now) || repeats(now)],
  change_text: ["OpenVote", opens],
  mark_presence: ["SetPresence", still],
  ad_hoc: ["OpenVote", votes],
  call_roll: ["OpenVote", votes],
  enter_by_hand: ["OpenVote", votes],
  candidates: ["OpenVote", votes],
  block_vote: ["OpenVote", (now) => onItem(now) && now.state.agenda.length > 1],
  alternative: ["OpenVote", onItem],
  as_amended: ["OpenVote", (now) => onItem(now) && now.state.votes.some((vote) => vote.state === "announced" && vote.item === now.state.item.item)],
  secret_vote: ["RecordSecretVote", votes],
  void_vote: ["VoidVote", lastMay("void")],
  reconsider: ["OpenVote", (now) => votes(now) && now.phase === "announced" && lastMay("reconsider")(now)],
  print: ["papers.print", lastMay("print")],
  minutes: ["papers.print", ({ phase }) => phase !== "planned"],
  past_votes: [null, ({ state }) => state.votes.length > 0],
  proposals: ["ConfirmProposal", ({ state }) => state.proposals.length > 0],
  give_floor: ["GiveFloor", still],
  next_speaker: ["NextSpeaker", (now) => still(now) && Boolean(speech(now.state) || now.state.floor?.queue.length)],
  pause_floor: ["PauseFloor", (now) => still(now) && speech(now.state)?.paused === false],
  resume_floor: ["ResumeFloor", (now) => still(now) && speech(now.state)?.paused === true],
  end_floor: ["EndFloor", (now) => begun(now) && speech(now.state) !== null],
  pause_filming: ["PauseFilming", (now) => begun(now) && !now.state.closed],
  resume_filming: ["ResumeFilming", (now) => begun(now) && Boolean(now.state.closed)],
  set_chair: ["SetChair", ({ phase }) => phase !== "over"],
  change_agenda: ["ReorderAgenda", (now) => begun(now) && settled(now)],
  rehearse: ["StartRehearsal", ({ state }) => state.rehearsal && prepared({ state })],
  readiness: ["readiness.read", ({ state }) => state.sitting.mode === "rehearsal" || (state.rehearsal && prepared({ state }))],
  end_rehearsal: ["EndRehearsal", ({ state }) => state.sitting.mode === "rehearsal"],
  close_sitting: ["CloseSitting", settled],
};

export const ACTS = Object.keys(TABLE);

/** Whether a vote of this sitting may be voided, repeated, reconsidered, corrected or printed. */
export const may = (state, n, what) => state.votes.find((vote) => vote.n === n)?.may.includes(what) ?? false;

/** {main, others, all}: the one filled act, at most three beside it, and every act allowed now. `rights`: a Set. */
export function offers(state, local, rights) {
  const now = { state, phase: phaseOf(state) };
  const all = ACTS.filter((act) => {
    const [right, when] = TABLE[act];
    return (right === null || rights.has(right)) && when(now);
  });
  const allowed = (acts) => acts.filter((act) => all.includes(act));
  const [first, ...beside] = wanted(now, local);
  const main = all.includes(first) ? first : null;
  const others = allowed(beside.filter((act) => act !== main)).slice(0, 3);
  const asked = local.confirm?.act; // what asks once more is seen, wherever its letter was pressed
  const aside = asked !== undefined && all.includes(asked) && !others.includes(asked);
  return { main: aside ? asked : main, others, all };
}

// The acts of a phase, the next one first; null where nothing is to be filled.
function wanted({ state, phase }, local) {
  switch (phase) {
    case "planned":
      return ["open_sitting", "rehearse", "end_rehearsal", "readiness", "set_chair"];
    case "open":
    case "called":
      return ["close_vote", "hold_vote", "void_vote"];
    case "entered":
      if (state.entered_by.length === 0) return ["enter_answers", "void_vote"];
      return [state.entered_by.some((one) => one.staff === local.staff) ? null : "close_vote", "enter_answers", "void_vote"];
    case "held":
      return ["resume_vote", "close_vote", "void_vote"];
    case "tied":
      return !presided(state) ? ["set_chair", "void_vote"] : [null, "decide_for", "decide_against", "void_vote"];
    case "closed":
      return ["announce", "void_vote", "print"];
    case "over":
      return ["minutes", "past_votes", "print", "end_rehearsal"];
  }
  if (speech(state) !== null) return [state.floor.queue.length ? "next_speaker" : "end_floor", speaks(state) ? "pause_floor" : "resume_floor", "end_floor"];
  if (onPaper(state)) return ["repeat_secret", "mark_presence", "print"];
  if (repeatable(state) !== null) return ["repeat_vote", "change_time", "mark_presence", "print"];
  if (state.next_motion && blocked(state)) {
    return [hasQuorum(state) ? null : "mark_presence", "open_vote", "change_time", "mark_presence"];
  }
  if (state.next_motion) return ["open_vote", "change_time", "change_text", "mark_presence"];
  const main = state.next_item === null ? "close_sitting" : "call_item";
  return ["announced", "secret"].includes(phase) ? [main, "print", "reconsider", "mark_presence"] : [main, "ad_hoc", "mark_presence"];
}

/** The guard forbids opening: the clerk must say why it is done all the same. */
export const blocked = (state) => state.guard?.blocked ?? false;

/** Does this act ask once more before it is done? */
export function asks(act, state, now) {
  if (["close_sitting", "decide_for", "decide_against", "end_rehearsal", "resume_filming"].includes(act)) return true;
  if (act !== "close_vote" || state.vote === null) return false;
  const early = state.vote.closes_at === null || Date.parse(state.vote.closes_at) > now;
  return early && state.voted < state.entitled;
}

/** The message of an act that goes to the hall at once, or null: it wants a dialog. `id` names the try. */
export function message(act, state, local, id) {
  const vote_n = state.vote?.n;
  const told = speech(state)?.speech;
  switch (act) {
    case "open_sitting":
      return { type: "OpenSitting", act: id };
    case "close_sitting":
      return { type: "CloseSitting", act: id };
    case "call_item":
      return { type: "CallItem", act: id, item: state.next_item };
    case "open_vote":
      if (blocked(state)) return null;
      return { type: "OpenVote", act: id, vote_n: state.next_vote_n, seconds: nextSeconds(state, local) };
    case "repeat_vote": {
      if (blocked(state)) return null;
      const seconds = nextSeconds(state, local);
      return { type: "OpenVote", act: id, vote_n: state.next_vote_n, seconds, relation: "repeat", refers_to: vote_n };
    }
    case "close_vote":
      return { type: "CloseVote", act: id, vote_n };
    case "hold_vote":
      return { type: "HoldVote", act: id, vote_n };
    case "resume_vote":
      return { type: "ResumeVote", act: id, vote_n };
    case "decide_for":
    case "decide_against":
      return { type: "DecideTie", act: id, vote_n, option: act.slice("decide_".length) };
    case "announce":
      return { type: "AnnounceResult", act: id, vote_n };
    case "next_speaker":
      return { type: "NextSpeaker", act: id, speech: state.floor.next_speech };
    case "pause_floor":
      return { type: "PauseFloor", act: id, speech: told };
    case "resume_floor":
      return { type: "ResumeFloor", act: id, speech: told };
    case "end_floor":
      return { type: "EndFloor", act: id, speech: told };
    case "resume_filming":
      return { type: "ResumeFilming", act: id };
    case "end_rehearsal":
      return { type: "EndRehearsal", act: id };
  }
  return null;
}

/** What an act says on its button. The key of `confirm` is what has to be pressed again. */
export function actWord(act, state, local, key) {
  if (local.confirm?.act === act) {
    if (act === "close_vote") return ["confirm_close", { n: state.entitled - state.voted, key }];
    const left = state.agenda.filter((item) => item.state === "waiting").length;
    if (act === "close_sitting" && left > 0) return ["confirm_close_left", { n: left, key }];
    return [`confirm_${act}`, { key }];
  }
  if (act === "call_item" && state.next_item !== null) {
    return phaseOf(state) === "none" ? ["call_item", { item: state.next_item }] : ["call_next", {}];
  }
  if (act === "open_vote" && blocked(state)) return [hasQuorum(state) ? "open_anyway" : "open_without_quorum", {}];
  if (act === "open_vote" && ["announced", "secret"].includes(phaseOf(state))) return ["open_next", {}]; // another motion of the item
  return [act, {}];
}

/** What the act would do now: when this changes, its button is a new one, and deaf for a second. */
export function meaning(act, state, local) {
  const about = { call_item: state.next_item, next_speaker: state.floor?.next_speech };
  return `${act} ${local.confirm?.act === act} ${about[act] ?? shownVote(state)?.n ?? 0}`;
}
