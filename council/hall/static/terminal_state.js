// What a seat terminal is doing, without a screen, a clock or a socket: values in, values out.
//
//   step(state, event) -> {state, send, buzz}    event.at: a steady clock, ms; send: messages; buzz: null or a vibration
//
// The lamp rule: a press is "recorded" only when the hall's Recorded or Standing says so for the latest (boot, n).
// A press waits CHORD_MS before it goes out, because two keys pressed together mean neither; it goes out again until it
// is answered, after any loss of the link and any restart of the hall. Nothing here closes a vote: VoteClosed does.
// Source: HALL.md, seat terminal; protocol.py. What is shown of a state is worked out in terminal_view.js.

export const CHORD_MS = 80;
export const FRESH_MS = 400; // keys that have just come alive ignore input
export const RESEND_MS = 1500;
export const NOTICE_MS = 6000;
export const CHOSEN = ["for", "against", "abstain"];

/** The state of a page that has just loaded. `boot` is random per load; presses count up in it. */
export function begin(boot) {
  return {
    boot,
    n: 0,
    link: "connecting", // "connecting" | "up" | "down" | "replaced"
    deskNo: null,
    member: null,
    chamber: null, // the last ChamberState
    standing: null, // the last Standing, kept current by Recorded
    press: null, // the latest unanswered press: {vote_n, n, option, at, sentAt: null | ms, before: the one it replaced}
    lost: null, // a press that was answered "no": {vote_n, option}
    key: null, // the last key seen: {option, at}
    liveAt: null, // since when the keys take input
    arriveAt: null, // since when the button to register takes input
    arriving: false,
    notice: null, // {kind: "two_keys" | "refused", text, until}
    turnedAway: null, // why the hall does not let this terminal in
  };
}

export const openVote = (state) => (state.chamber?.vote?.state === "open" ? state.chamber.vote : null);

/** Standing, if it speaks of the vote on the screen. */
export function standingNow(state) {
  const vote = state.chamber?.vote;
  return vote && state.standing?.vote_n === vote.n ? state.standing : null;
}

/** May a key be pressed now (a lost link does not matter: the press waits)? */
export const isLive = (state) =>
  state.link !== "replaced" && openVote(state) !== null && standingNow(state)?.entitled === true;

/** May the member register by this terminal now? */
export function mayArrive(state) {
  const there = state.member !== null && state.standing !== null && !state.standing.present;
  return there && state.chamber?.sitting.state === "open" && openVote(state) === null;
}

export function step(state, event) {
  const result = { state: { ...state }, send: [], buzz: null };
  STEPS[event.type]?.(result, event);
  awaken(state, result.state, event.at);
  return result;
}

// What has just come alive is deaf for a moment.
function awaken(before, state, at) {
  if (!isLive(state)) state.liveAt = null;
  else if (!isLive(before) || openVote(before).n !== openVote(state).n) state.liveAt = at;
  if (!mayArrive(state)) state.arriveAt = null;
  else if (!mayArrive(before)) state.arriveAt = at;
}

const STEPS = {
  Link({ state }, { link }) {
    state.link = link;
    if (link === "up") state.turnedAway = null;
    else state.arriving = false;
  },

  Welcome(result, { desk_no, member, at }) {
    Object.assign(result.state, { link: "up", deskNo: desk_no, member, arriving: false, turnedAway: null });
    sendPress(result, at, true);
  },

  ChamberState({ state }, { sitting, item, vote }) {
    const before = state.chamber?.vote;
    state.chamber = { sitting, item, vote };
    if (before?.n !== vote?.n || before?.state !== vote?.state) state.notice = null;
    if (state.press && state.press.vote_n !== vote?.n) state.press = null;
    if (state.press && state.press.sentAt === null && vote.state !== "open") lose(state);
  },

  Standing(result, message) {
    const { state } = result;
    const { type, at, ...standing } = message;
    const known = state.standing;
    const older = known?.vote_n === standing.vote_n && known?.boot === standing.boot && standing.n < known.n;
    state.standing = older
      ? { ...standing, option: known.option, n: known.n, recorded_at: known.recorded_at }
      : standing;
    if (standing.present) state.arriving = false;
    if (standing.boot === state.boot && standing.vote_n === state.press?.vote_n) settle(result, standing.n);
    if (state.press && standing.vote_n === state.press.vote_n && standing.final !== null) lose(state);
  },

  Recorded(result, { boot, n, vote_n, option, recorded_at }) {
    const { state } = result;
    if (boot !== state.boot || state.standing?.vote_n !== vote_n) return;
    if (state.standing.boot !== boot || state.standing.n <= n) {
      state.standing = { ...state.standing, boot, n, option, recorded_at };
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
    state.arriving = false;
    state.notice = { kind: "refused", text, until: at + NOTICE_MS };
  },

  // A key of the keyboard or of the screen. Repeats of a held key must not get here.
  Key(result, { option, at }) {
    const { state } = result;
    if (state.liveAt === null || at - state.liveAt < FRESH_MS) return;
    const last = state.key;
    state.key = { option, at };
    if (last !== null && last.option !== option && at - last.at <= CHORD_MS) {
      if (state.press?.sentAt === null) state.press = state.press.before;
      state.notice = { kind: "two_keys", text: null, until: at + NOTICE_MS };
      return;
    }
    const chosen = state.press ?? state.standing;
    if (chosen.option === option) return;
    state.n += 1;
    state.notice = null;
    state.lost = null;
    const before = state.press?.sentAt === null ? state.press.before : state.press;
    state.press = { vote_n: openVote(state).n, n: state.n, option, at, sentAt: null, before };
    result.buzz = [30];
  },

  Arrive({ state, send }, { at }) {
    if (state.arriveAt === null || at - state.arriveAt < FRESH_MS || state.link !== "up" || state.arriving) return;
    state.arriving = true;
    state.notice = null;
    send.push({ type: "Arrive" });
  },

  Tick(result, { at }) {
    if (result.state.notice !== null && at >= result.state.notice.until) result.state.notice = null;
    sendPress(result, at, false);
  },
};

// Send the waiting press, if its moment has come. A new connection asks at once for the answer that the old one owed.
function sendPress({ state, send }, at, again) {
  const { press } = state;
  if (press === null || state.link !== "up") return;
  const due = press.sentAt === null ? at - press.at >= CHORD_MS : again || at - press.sentAt >= RESEND_MS;
  if (!due) return;
  state.press = { ...press, sentAt: at };
  send.push({ type: "PressOption", boot: state.boot, n: press.n, vote_n: press.vote_n, option: press.option });
}

// The hall has answered for press n of this boot; if that is the latest, nothing is pending any more.
function settle(result, n) {
  if (result.state.press === null || n < result.state.press.n) return;
  result.state.press = null;
  result.state.lost = null;
  result.buzz = [30, 60, 30];
}

function lose(state) {
  state.lost = { vote_n: state.press.vote_n, option: state.press.option };
  state.press = null;
}
