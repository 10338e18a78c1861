// What a seat terminal is doing, without a screen, a clock or a socket: values in, values out.
//
//   step(state, event) -> {state, send, buzz, keep}
//
// event.at: a steady clock, ms; send: messages; buzz: null or a vibration; keep: null or a receipt to be kept.
// The lamp rule: a press is "recorded" only when the hall's Recorded or Standing says so for the latest (boot, n).
// A press waits CHORD_MS before it goes out, because two keys pressed together mean neither; it goes out again until it
// is answered, after any loss of the link and any restart of the hall. Nothing here closes a vote: VoteClosed does.
// Source: HALL.md, seat terminal; protocol.py. What is shown of a state is worked out in terminal_view.js.

import { choicesOf, isLive, memberNow, openVote, runningVote, sameChoice } from "./terminal_now.js";
import { CHORD_MS, FRESH_MS, NOTHING_TYPED, NOTICE_MS, digit, freshen, pass, reseat, type, use } from "./terminal_side.js";

export const RESEND_MS = 1500;

/** The state of a page that has just loaded. `boot` is random per load; presses count up in it. `receipt`: of the page
    before it in this tab. */
export function begin(boot, receipt = null) {
  return {
    boot,
    n: 0,
    link: "connecting", // "connecting" | "up" | "down" | "replaced"
    keyless: false, // nothing can be signed here: not https, or an old browser
    deskNo: null,
    terminal: null, // its id
    seatBy: "seating", // "seating" | "card" | "pin"
    members: [], // by whose PIN one may sign in
    seated: null, // who sits here, until Standing says
    chamber: null, // the last ChamberState
    standing: null, // the last Standing, kept current by Recorded
    press: null, // the latest unanswered press: {vote_n, n, option, candidate, at, sentAt: null | ms, before: the one it replaced}
    lost: null, // a press that was answered "no": {vote_n, option, candidate}
    receipt, // the last Recorded that is signed
    receiptShown: false,
    key: null, // the last key seen: {name, at}
    liveAt: null, // since when the keys take input
    side: null, // a digit that may be a control's key: {control, at}
    since: {}, // of each control: {meaning, at}
    menu: null, // what is being asked: "floor" | "recuse" | "leave"
    busy: null, // what was asked of the hall and is not answered
    busyAt: 0,
    entry: NOTHING_TYPED, // at a seat where one signs in
    notice: null, // {kind: "two_keys" | "refused" | …, text, until}
    turnedAway: null, // why the hall does not let this terminal in
  };
}

export function step(state, event) {
  const result = { state: { ...state }, send: [], buzz: null, keep: null };
  STEPS[event.type]?.(result, event);
  reseat(state, result.state);
  if (!isOwnReceipt(result.state)) result.state.receipt = null;
  awaken(state, result.state, event.at);
  freshen(state, result.state, event.at);
  return result;
}

// Nothing is known before the first Welcome. After it: who sits here now never sees what another has pressed.
function isOwnReceipt({ deskNo, receipt, chamber, ...state }) {
  if (receipt === null || deskNo === null) return true;
  return receipt.member === memberNow(state)?.member && (chamber === null || receipt.sitting === chamber.sitting.sitting);
}

// Keys that have just come alive are deaf for a moment.
function awaken(before, state, at) {
  if (!isLive(state)) state.liveAt = null;
  else if (!isLive(before) || openVote(before).n !== openVote(state).n) state.liveAt = at;
}

const STEPS = {
  Keyless({ state }) {
    state.keyless = true;
  },

  Link({ state }, { link }) {
    state.link = link;
    if (link === "up") state.turnedAway = null;
    else state.busy = null;
  },

  Welcome(result, { desk_no, member, terminal, seat_by, members, at }) {
    const { state } = result;
    Object.assign(state, { link: "up", deskNo: desk_no, seated: member, busy: null, turnedAway: null });
    Object.assign(state, { terminal: terminal ?? null, seatBy: seat_by ?? "seating", members: members ?? [] });
    sendPress(result, at, true);
  },

  ChamberState({ state }, { sitting, item, vote, requirement = null, speech = null, warning_seconds, call = null, secret = null }) {
    const before = state.chamber?.vote;
    const itemBefore = state.chamber?.item?.item;
    const another = state.chamber !== null && state.chamber.sitting.sitting !== sitting.sitting; // a rehearsal begins or ends
    if (another) Object.assign(state, { press: null, lost: null, standing: null });
    state.chamber = { sitting, item, vote, requirement, speech, warning_seconds, call, secret };
    if (before?.n !== vote?.n || before?.state !== vote?.state) state.notice = null;
    if (state.press && state.press.vote_n !== vote?.n) state.press = null;
    if (state.press && state.press.sentAt === null && vote.state !== "open") lose(state);
    if (runningVote(state) !== null || item?.item !== itemBefore) Object.assign(state, { menu: null, receiptShown: false });
  },

  Standing(result, message) {
    const { state } = result;
    const { type: _, at, ...standing } = message;
    const known = state.standing;
    const older = known?.vote_n === standing.vote_n && known?.boot === standing.boot && standing.n < known?.n;
    const { option, candidate, n, recorded_at } = older ? known : standing;
    state.standing = { ...standing, option, candidate, n, recorded_at };
    state.busy = null;
    if (standing.boot === state.boot && standing.vote_n === state.press?.vote_n) settle(result, standing.n);
    if (state.press && standing.vote_n === state.press.vote_n && standing.final !== null) lose(state);
  },

  Recorded(result, message) {
    const { state } = result;
    const { boot, n, vote_n, option, candidate = null, recorded_at } = message;
    if (boot !== state.boot || state.standing?.vote_n !== vote_n) return;
    if (state.standing.boot !== boot || state.standing.n <= n) {
      state.standing = { ...state.standing, boot, n, option, candidate, recorded_at, channel: "terminal" };
    }
    if (message.receipt && !(state.receipt?.boot === boot && state.receipt.n > n)) {
      const { type: _, at, ...receipt } = message;
      state.receipt = receipt;
    }
    if (state.press?.vote_n === vote_n) settle(result, n);
  },

  Refused({ state }, { boot, n, text, at }) {
    if (boot !== null && boot !== undefined) {
      if (boot !== state.boot || n !== state.press?.n) return;
      lose(state);
    } else if (state.link !== "up") {
      state.turnedAway = text;
    }
    state.busy = null;
    state.notice = { kind: "refused", text, until: at + NOTICE_MS };
  },

  // A voting key of the screen. Repeats of a held key must not get here.
  Key(result, { option, candidate = null, at }) {
    press(result, { option, candidate }, at);
  },

  // A digit of the keyboard: a voting key while they live, else a control's key or a part of a number.
  Digit(result, { digit: name, at }) {
    const { state } = result;
    if (!isLive(state)) digit(result, name, at);
    else press(result, choicesOf(openVote(state))[Number(name) - 1] ?? null, at, name);
  },

  Char({ state }, { char, at }) {
    type(state, char, at);
  },

  Person({ state }, { member, at }) {
    state.entry = { text: "", at, member };
  },

  // A control, by its place on the screen or by a key that is no digit.
  Do(result, { control, at }) {
    use(result, control, at);
  },

  Tick(result, { at }) {
    if (result.state.notice !== null && at >= result.state.notice.until) result.state.notice = null;
    pass(result, at);
    sendPress(result, at, false);
  },
};

const nameOf = ({ option, candidate }) => `${option} ${candidate ?? ""}`;

// `choice` null: a digit that is no key of this vote; with another one it is a chord all the same (a card reader).
function press(result, choice, at, digitName = null) {
  const { state } = result;
  if (state.liveAt === null || at - state.liveAt < FRESH_MS) return;
  const last = state.key;
  state.key = { name: choice === null ? digitName : nameOf(choice), at };
  if (last !== null && last.name !== state.key.name && at - last.at <= CHORD_MS) {
    if (state.press?.sentAt === null) state.press = state.press.before;
    state.notice = { kind: "two_keys", text: null, until: at + NOTICE_MS };
    return;
  }
  if (choice === null || sameChoice(state.press ?? state.standing, choice)) return;
  state.n += 1;
  state.notice = null;
  state.lost = null;
  const before = state.press?.sentAt === null ? state.press.before : state.press;
  state.press = { vote_n: openVote(state).n, n: state.n, ...choice, at, sentAt: null, before };
  result.buzz = [30];
}

// Send the waiting press, if its moment has come. A new connection asks at once for the answer that the old one owed.
function sendPress({ state, send }, at, again) {
  const { press } = state;
  if (press === null || state.link !== "up") return;
  const due = press.sentAt === null ? at - press.at >= CHORD_MS : again || at - press.sentAt >= RESEND_MS;
  if (!due) return;
  state.press = { ...press, sentAt: at };
  const { n, vote_n, option, candidate } = press;
  send.push({ type: "PressOption", boot: state.boot, n, vote_n, option, candidate });
}

// The hall has answered for press n of this boot; if that is the latest, nothing is pending any more.
function settle(result, n) {
  if (result.state.press === null || n < result.state.press.n) return;
  result.state.press = null;
  result.state.lost = null;
  result.buzz = [30, 60, 30];
}

function lose(state) {
  const { vote_n, option, candidate } = state.press;
  state.lost = { vote_n, option, candidate };
  state.press = null;
}
