// What a seat terminal does beside voting: registering, the floor, a conflict of interest, the receipt, and who sits
// here. A part of terminal_state.js: each step changes the state of a result and may add messages to send.

import { controlsOf, memberNow, needsSeat, receiptNow } from "./terminal_now.js";

export const FRESH_MS = 400; // what has just appeared or changed its meaning ignores input
export const NOTICE_MS = 6000;
export const CHORD_MS = 80; // two keys within this time mean neither
const ENTRY_MS = 20_000; // what was typed and not sent is forgotten
const BUSY_MS = 4000; // an answer that does not come is not waited for
const MOST_TYPED = 64;
const CARD_DIGITS = 4; // so many at once are no hand's

export const NOTHING_TYPED = { text: "", at: 0, member: null };

/** Remember since when each control means what it means. */
export function freshen(before, state, at) {
  const now = controlsOf(state);
  state.since = Object.fromEntries(
    Object.entries(now).map(([control, meaning]) => {
      const known = before.since[control];
      return [control, known?.meaning === meaning ? known : { meaning, at }];
    }),
  );
}

const isDeaf = (state, control, at) => state.since[control] === undefined || at - state.since[control].at < FRESH_MS;

/** A control is used: its key, or its place on the screen. */
export function use(result, control, at) {
  const { state, send } = result;
  if (isDeaf(state, control, at)) return;
  const [meaning, which] = state.since[control].meaning.split(" ");
  if (meaning === "cancel") state.menu = null;
  else if (meaning === "erase") state.entry = { ...state.entry, text: state.entry.text.slice(0, -1), at };
  else if (meaning === "receipt") {
    result.keep = receiptNow(state);
    state.receiptShown = true;
  } else if (state.link !== "up" || state.busy !== null) return;
  else if (meaning === "sit") sit(result, at);
  else if (meaning === "recuse" || meaning === "leave") state.menu = meaning;
  else if (meaning === "ask" && which === undefined) state.menu = "floor";
  else {
    Object.assign(state, { busy: meaning, busyAt: at });
    state.menu = null;
    state.notice = null;
    send.push(...messages(state, meaning, which));
  }
}

function messages(state, meaning, which) {
  switch (meaning) {
    case "arrive":
      return [{ type: "Arrive" }];
    case "ask":
      return [{ type: "AskFloor", floor: which }];
    case "withdraw":
      return [{ type: "WithdrawFloor", request: Number(which) }];
    case "recuse!":
      return [{ type: "DeclareRecusal", item: state.chamber.item.item }];
    default: // leave!
      return state.seatBy === "seating" ? [{ type: "Leave" }] : [{ type: "Leave" }, { type: "LeaveSeat" }];
  }
}

/** A digit that is no voting key now. It waits: a card reader types many at once, and then none is a control. */
export function digit(result, name, at) {
  const { state } = result;
  if (needsSeat(state)) {
    type(state, name, at);
    return;
  }
  const alone = state.key === null || at - state.key.at > CHORD_MS;
  const burst = alone ? 1 : (state.key.burst ?? 1) + 1;
  state.key = { name, at, burst };
  state.side = alone && !isDeaf(state, name, at) ? { control: name, at } : null;
  if (burst === CARD_DIGITS && state.seatBy === "card" && memberNow(state) !== null) {
    state.notice = { kind: "seat_taken", text: null, until: at + NOTICE_MS };
  }
}

/** A character typed where nobody sits. */
export function type(state, char, at) {
  if (!needsSeat(state) || state.busy !== null) return;
  state.notice = null;
  state.entry = { ...state.entry, text: (state.entry.text + char).slice(0, MOST_TYPED), at };
}

function sit({ state, send }, at) {
  const { text, member } = state.entry;
  state.entry = { ...state.entry, text: "", at };
  const whose = member ?? state.standing.usual?.member ?? null;
  const problem =
    state.seatBy === "card"
      ? text.length < 4 && "card_short"
      : !/^\d{4,12}$/.test(text)
        ? "pin_short"
        : whose === null && "pin_whose";
  if (problem) {
    state.notice = { kind: problem, text: null, until: at + NOTICE_MS };
    return;
  }
  Object.assign(state, { busy: "sit", busyAt: at });
  send.push(state.seatBy === "card" ? { type: "TakeSeat", card: text } : { type: "TakeSeat", pin: text, member: whose });
}

/** Time passes: a digit that stayed alone is a control; what was typed is not kept for the next to come. */
export function pass(result, at) {
  const { state } = result;
  if (state.side !== null && at - state.side.at >= CHORD_MS) {
    const { control } = state.side;
    state.side = null;
    use(result, control, at);
  }
  if (state.busy !== null && at - state.busyAt >= BUSY_MS) state.busy = null;
  if (state.entry.text !== "" && at - state.entry.at >= ENTRY_MS) state.entry = NOTHING_TYPED;
}

/** Another member, or nobody, sits here now: nothing of the one before is kept or sent. */
export function reseat(before, state) {
  if (memberNow(before)?.member === memberNow(state)?.member) return;
  Object.assign(state, { press: null, lost: null, receiptShown: false, menu: null, busy: null });
  Object.assign(state, { notice: null, entry: NOTHING_TYPED });
}
