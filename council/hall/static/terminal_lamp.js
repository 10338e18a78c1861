// What the lamp of a seat terminal says: {mark, band, head, soft} of a state, or null where it keeps quiet. A sentence
// is [word, values]; values named `option` and `final` are options (with `candidate`, `final_candidate` whom they
// choose), `time` is a moment. Bands: HALL.md's grammar of certainty.

import { isLive, memberNow, needsSeat, openVote, runningVote, sideOf, standingNow } from "./terminal_now.js";

const make = (mark, band, head, soft) => ({ mark, band, head, soft });

/** The values that name a choice. */
export const chosen = ({ option, candidate }) => ((candidate ?? null) === null ? { option } : { option, candidate });

const NOTICES = ["card_short", "pin_short", "pin_whose"];

// What cuts this terminal off whatever the sitting does, or null.
function cutOff({ link, turnedAway, keyless }) {
  if (keyless) return make("cut", "inverted", ["no_crypto"], ["no_crypto_soft"]);
  if (link === "replaced") return make("cut", "inverted", ["replaced"], ["replaced_soft"]);
  if (turnedAway !== null) return make("cut", "inverted", ["turned_away", { reason: turnedAway }], null);
  return null;
}

// A card shown where somebody sits.
function takenLamp(state) {
  const { family_name, given_name } = memberNow(state);
  const soft = sideOf(state)[7] === "leave" ? "seat_taken_soft" : "seat_taken_clerk";
  return make("warning", "inverted", ["seat_taken", { name: `${family_name} ${given_name}` }], [soft]);
}

const refused = ({ text }, soft = null) => make("warning", "inverted", ["refused", { reason: text }], soft);

/** Before and during a vote. */
export function lamp(state) {
  const cut = cutOff(state);
  if (cut !== null) return cut;
  if (isLive(state)) return votingLamp(state);
  if (state.link === "down") return make("cut", "inverted", ["offline_idle"], ["offline_idle_soft"]);
  if (state.chamber === null) return make("ring", "plain", ["connecting"], ["connecting_soft"]);
  const running = runningVote(state);
  if (state.notice?.kind === "refused") return refused(state.notice, running === null ? null : whatStands(state));
  if (needsSeat(state)) return seatLamp(state);
  if (state.notice?.kind === "seat_taken") return takenLamp(state);
  if (memberNow(state) === null) return nobodyLamp(state);
  if (running !== null && standingNow(state) !== null) return deadLamp(state, running);
  return waitingLamp(state);
}

function seatLamp({ seatBy, busy, notice }) {
  if (busy === "sit") return make("sending", "dashed", ["signing_in"], null);
  if (NOTICES.includes(notice?.kind)) return make("warning", "inverted", [notice.kind], null);
  return make("ring", "plain", [seatBy], [`${seatBy}_soft`]);
}

// At a desk of nobody, or before anyone can sign in at it.
function nobodyLamp({ seatBy, chamber }) {
  if (seatBy === "seating" || chamber.sitting.state === "open") return make("ring", "plain", ["no_member"], ["no_member_soft"]);
  if (chamber.sitting.state === "closed") return make("ring", "plain", ["sitting_closed"], ["sitting_closed_soft"]);
  return make("ring", "plain", ["sitting_planned"], [`${seatBy}_later_soft`]);
}

function waitingLamp(state) {
  const { sitting } = state.chamber;
  if (sitting.state === "planned") return make("ring", "plain", ["sitting_planned"], ["waiting_soft"]);
  if (sitting.state === "closed") return make("ring", "plain", ["sitting_closed"], ["sitting_closed_soft"]);
  if (sideOf(state)[7] === "arrive") return make("absent", "plain", ["not_present"], ["not_present_soft"]);
  return floorLamp(state) ?? make("ring", "plain", ["waiting"], ["waiting_soft"]);
}

// The own speech, or the place in the queue for one; null: neither.
function floorLamp({ standing }) {
  if (standing?.speaking) return make("filled", "plain", ["speaking"], ["speaking_soft"]);
  const request = standing?.request ?? null;
  return request && make("ring", "plain", ["queued", { place: request.place, kind: request.floor }], ["queued_soft"]);
}

const whatStands = (state) => {
  const standing = standingNow(state);
  return standing?.option ? ["stands", chosen(standing)] : ["stands_none"];
};

// While a vote runs in which this member has no keys: held, called aloud, entered by hand, or not entitled.
function deadLamp(state, vote) {
  const standing = standingNow(state);
  const { option, recorded_at: time } = standing;
  if (!standing.entitled) {
    return make("absent", "plain", ["not_entitled"], [standing.present ? "not_entitled_present" : "not_entitled_absent"]);
  }
  if (vote.state === "held") {
    if (state.press !== null) return make("sending", "dashed", ["checking_held", chosen(state.press)], ["held_soft"]);
    if (state.lost?.vote_n === vote.n) return make("held", "plain", ["held"], ["held_lost", chosen(state.lost)]);
    return make("held", "plain", ["held"], option === null ? ["held_none"] : ["held_recorded", { ...chosen(standing), time }]);
  }
  if (option !== null) return recordedLamp(standing, false);
  if (vote.method === "entered") return make("ring", "plain", ["entered"], ["entered_soft"]);
  const name = state.chamber.call;
  return make("ring", "plain", name === null ? ["called"] : ["called_now", { name }], ["called_soft"]);
}

// What is on disk, and how it came there. `byKeys`: it can be changed by pressing another key.
function recordedLamp(standing, byKeys) {
  const { option, channel, recorded_at: time } = standing;
  const aloud = channel === "called" || channel === "entered";
  const head = [aloud ? `recorded_${channel}` : "recorded", chosen(standing)];
  if (time === null) return make(option, "recorded", head, null);
  return make(option, "recorded", head, [byKeys ? "recorded_soft" : "recorded_short", { time }]);
}

// While a vote is open and the member may press.
function votingLamp(state) {
  const { link, press, standing, notice } = state;
  const { option, recorded_at: time } = standing;
  const stands = whatStands(state);
  if (link !== "up") {
    const head =
      press !== null
        ? ["offline_pending", chosen(press)]
        : option !== null
          ? ["offline_recorded", { ...chosen(standing), time }]
          : ["offline_none"];
    return make("cut", "inverted", head, ["offline_soft"]);
  }
  if (notice?.kind === "refused") return refused(notice, stands);
  if (notice?.kind === "two_keys") {
    return make("warning", "inverted", ["two_keys"], press === null ? stands : ["pending", chosen(press)]);
  }
  if (press !== null) {
    const soft = option === null ? ["pending_soft"] : ["changing_soft", { ...chosen(standing), time }];
    return make("sending", "dashed", ["pending", chosen(press)], soft);
  }
  if (option !== null) return recordedLamp(standing, true);
  return make("ring", "plain", ["open"], [openVote(state).candidates?.length ? "open_soft_candidates" : "open_soft"]);
}

/** After the close the lamp keeps quiet, unless there is something to say. */
export function overLamp(state, vote) {
  const { press, lost } = state;
  const cut = cutOff(state);
  if (cut !== null) return cut;
  if (state.link === "down") return make("cut", "inverted", ["offline_idle"], ["offline_idle_soft"]);
  if (press !== null) return make("sending", "dashed", ["checking", chosen(press)], null);
  const standing = standingNow(state);
  const final = standing?.final ?? null;
  const counted = lost !== null && final === lost.option && (standing.final_candidate ?? null) === (lost.candidate ?? null);
  if (lost?.vote_n === vote.n && final !== null && !counted) {
    const candidate = standing.final_candidate ?? null;
    const values = { ...chosen(lost), final, ...(candidate === null ? {} : { final_candidate: candidate }) };
    return make("warning", "inverted", ["lost", values], null);
  }
  if (state.notice?.kind === "refused") return refused(state.notice);
  if (needsSeat(state)) return seatLamp(state);
  if (state.notice?.kind === "seat_taken") return takenLamp(state);
  if (sideOf(state)[7] === "arrive") return make("absent", "plain", ["not_present"], ["not_present_soft"]);
  return floorLamp(state);
}
