// What a seat terminal shows for a state: values in, values out. A sentence is [word, values]; the page says it in its
// language. What the lamp says is in terminal_lamp.js.
//
//   view(state, now) -> {...}    now: the server's clock, ms since 1970

import { LOW_MS, leftOf, speechTimer } from "./countdown.js";
import { lamp, overLamp } from "./terminal_lamp.js";
import {
  KINDS,
  choicesOf,
  isLive,
  memberNow,
  needsSeat,
  receiptNow,
  runningVote,
  sameChoice,
  secretNow,
  sideOf,
  standingNow,
  voteNow,
} from "./terminal_now.js";

const NOTE_BY_FINAL = {
  not_voting: "your_vote_not_voting",
  absent: "your_vote_absent",
  recused: "your_vote_recused",
  no_record: "your_vote_no_record",
};
const SIDE_ORDER = ["7", "0", "8", "9"];

export function view(state, now) {
  const secret = secretNow(state);
  const vote = secret === null ? voteNow(state) : null;
  const running = runningVote(state);
  const over = secret !== null || (vote !== null && running === null);
  const panel = over ? null : panelOf(state);
  return {
    link: { connecting: "connecting", up: "up" }[state.link] ?? "down",
    member: memberNow(state),
    kicker: secret === null ? kicker(state, vote) : secretKicker(secret),
    liveDot: running?.state === "open" && state.link === "up",
    title: title(state, secret ?? vote),
    label: secret?.ground ?? vote?.label ?? null,
    exception: running !== null && standingNow(state)?.recused === true && standingNow(state).entitled,
    requirement: running !== null ? running.requirement : !over ? (state.chamber?.requirement ?? null) : null,
    countdown: countdown(state, now),
    timer: timer(state, now),
    ...sideControls(state),
    menu: menu(state),
    seat: needsSeat(state) && !state.keyless ? seat(state) : null,
    lamp: over ? overLamp(state, secret ?? vote) : lamp(state),
    panel,
    keys: over || panel !== null ? null : choicesOf(running).map((choice) => key(state, choice)),
    candidates: (secret ?? vote)?.candidates ?? [],
    outcome: secret !== null ? secretOutcome(secret) : over ? outcome(state, vote) : null,
    receipt: state.receiptShown ? receiptNow(state) : null,
  };
}

function kicker(state, vote) {
  const item = vote !== null ? vote.item : (state.chamber?.item?.item ?? null);
  if (vote === null) {
    const { speech, sitting } = state.chamber ?? {};
    if (sitting?.state !== "open" || item === null) return null;
    const other = speech && !state.standing?.speaking;
    return other ? ["considering_speaker", { item, name: speech.family_name }] : ["considering", { item }];
  }
  const n = vote.n;
  if (vote.closed_at === null) return item === null ? ["vote", { n }] : ["item_vote", { item, n }];
  const time = vote.closed_at;
  return item === null ? ["vote_closed", { n, time }] : ["item_vote_closed", { item, n, time }];
}

const secretKicker = ({ item, n }) => (item === null ? ["secret_vote", { n }] : ["item_secret_vote", { item, n }]);

// People's own words as {text}, ours as {say}.
function title(state, vote) {
  const { chamber } = state;
  if (chamber === null) return null;
  if (vote !== null) return { text: vote.title };
  if (chamber.item !== null && chamber.sitting.state === "open") return { text: chamber.item.title };
  return { text: chamber.sitting.session_label };
}

function countdown(state, now) {
  const vote = runningVote(state);
  if (vote === null) return null;
  const held = vote.state === "held";
  const soft = state.link !== "up" || held;
  const ms = leftOf(vote, now);
  if (ms === null) return { label: held ? "held_label" : "no_limit", ms: null, share: null, low: false, soft };
  return {
    label: held ? "held_label" : state.link !== "up" ? "about_to_closing" : ms === 0 ? "closing_now" : "to_closing",
    ms,
    share: Math.min(1, ms / (vote.seconds * 1000)),
    low: ms < LOW_MS && !soft,
    soft,
  };
}

const TIMER_LABELS = { running: "speech_left", last: "speech_left", over: "speech_over", paused: "speech_paused" };

// The member's own speech: what is left of it, large.
function timer(state, now) {
  const { chamber, standing } = state;
  if (!standing?.speaking || !chamber?.speech || runningVote(state) !== null) return null;
  const shown = speechTimer(chamber.speech, now, chamber.warning_seconds);
  if (shown === null) return { label: chamber.speech.paused ? "speech_paused" : "speech_no_limit", ms: null, phase: "running" };
  return { label: TIMER_LABELS[shown.phase], ...shown, soft: state.link !== "up" || shown.paused };
}

// The buttons where a countdown would be, and the one to leave, beside the member's name.
function sideControls(state) {
  const side = sideOf(state);
  const dead = state.link !== "up" || state.menu !== null;
  const speaking = state.standing?.speaking === true;
  const buttons = SIDE_ORDER.filter((name) => name in side && side[name] !== "leave" && !speaking).map((name) => {
    const [word] = side[name].split(" ");
    const busy = state.busy !== null && state.busy.startsWith(word);
    return { control: name, word: busy && word === "arrive" ? "arriving" : word, busy, dead: word !== "receipt" && dead };
  });
  const leave = side[7] === "leave" ? { dead, busy: state.busy === "leave!" } : null;
  return { buttons, leave };
}

// What is asked, in the lamp's place: {ask, values, answers: [{control, word}]}.
function menu(state) {
  if (state.menu === null || sideOf(state)[7] !== "leave") return null;
  const no = { control: "Escape", cap: "Esc", word: state.menu === "floor" ? "back" : "no" };
  if (state.menu === "floor") {
    const kinds = KINDS.map((kind, i) => ({ control: String(i + 1), cap: String(i + 1), word: `floor_${kind}` }));
    return { ask: ["ask_which"], answers: [...kinds, no] };
  }
  const yes = { control: "Enter", cap: "Enter", word: `${state.menu}_yes` };
  const item = state.chamber.item?.item ?? "";
  return { ask: [`${state.menu}_ask`, { item }], answers: [yes, no] };
}

// Signing in: who, how, and how much is typed (never what).
function seat({ seatBy, standing, members, entry, busy, link }) {
  const usual = standing.usual ?? null;
  const chosen = entry.member ?? usual?.member ?? null;
  return { by: seatBy, usual, chosen, members: seatBy === "pin" ? members : [], typed: entry.text.length, dead: busy !== null || link !== "up" };
}

// One framed panel in place of lamp and keys: a conflict of interest, or the member's own turn to answer aloud.
function panelOf(state) {
  const { standing, chamber } = state;
  if (standing === null || chamber === null || state.link === "replaced" || state.keyless) return null;
  if (chamber.sitting.state !== "open" || memberNow(state) === null) return null;
  const running = runningVote(state);
  if (standing.recused && !(running !== null && standingNow(state)?.entitled)) {
    const { at, source, exception, item } = standing.recusal;
    const why = { since: at === null ? null : ["recused_since", { time: at }], source };
    return { mark: "recused", head: ["recused_head"], why, text: [exception && running === null ? "recused_unless" : "recused_text", { item }], soft: ["recused_soft"] };
  }
  if (running?.state === "open" && running.method === "called" && standing.called && standing.option === null) {
    const word = running.candidates?.length ? "turn_candidates" : "turn";
    return { mark: "speak", head: [word], text: [`${word}_text`], soft: ["turn_soft"] };
  }
  return null;
}

function key(state, choice) {
  const { option, candidate } = choice;
  const held = runningVote(state)?.state === "held";
  const stands = standingNow(state);
  const recorded = stands?.option != null && sameChoice(stands, choice);
  if (!isLive(state)) {
    // while a vote is held, or given aloud, what is on disk stays solid; nothing can be pressed
    const kept = recorded && runningVote(state) !== null && (held || isAloud(stands));
    return { option, candidate, look: kept ? "kept" : "dead", recorded: kept, pending: false, aloud: kept && isAloud(stands) };
  }
  const pending = state.press !== null && sameChoice(state.press, choice);
  const untouched = state.standing.option === null && state.press === null;
  const look = pending ? "pending" : recorded ? "recorded" : untouched ? "open" : "plain";
  return { option, candidate, look, recorded, pending, aloud: recorded && isAloud(stands) };
}

const isAloud = ({ channel }) => channel === "called" || channel === "entered";

function outcome(state, vote) {
  const { result } = vote;
  const void_ = vote.state === "voided";
  const told = !void_ && result !== null;
  const plain = { voided: "voided", tied: "tied" }[vote.state] ?? "closed";
  return {
    verdict: told ? { texts: result.verdict } : { say: [plain] },
    reason: void_
      ? { say: ["void_reason", { reason: vote.void_reason ?? "" }] }
      : vote.state === "tied" || !told
        ? { say: [vote.state === "tied" ? "tied_soft" : "closed_soft"] }
        : { texts: result.reason },
    undecided: !told,
    void: void_,
    tally: told ? result.tally : null,
    counts: told ? countsOf(result) : [],
    own: own(state, vote),
  };
}

const countsOf = ({ counts, chosen }) =>
  (counts ?? []).map(([candidate, votes]) => ({ candidate, votes, chosen: candidate === chosen }));

// Of a secret ballot there are only totals.
function secretOutcome(secret) {
  const { verdict, reason, against, abstain, candidates } = secret;
  const tally = candidates.length ? { abstain } : { for: secret.for, against, abstain };
  const told = { verdict: { texts: verdict }, reason: { texts: reason }, undecided: false, void: false };
  if (secret.void_reason) return { ...told, undecided: true, void: true, tally: null, counts: [], own: null };
  return { ...told, tally, counts: countsOf(secret), own: null };
}

// The member's own vote in the roll, and how it came there; of a void vote, what was recorded and does not count.
function own(state, vote) {
  const standing = standingNow(state);
  if (state.press !== null || standing === null) return null;
  const void_ = vote.state === "voided";
  const final = standing.final ?? (void_ ? standing.option : null);
  if (final === null || final === undefined) return null;
  const candidate = standing.final_candidate ?? (standing.final ? null : (standing.candidate ?? null));
  const time = standing.recorded_at;
  if (void_) return { option: final, candidate, note: ["your_vote_void"] };
  if (final in NOTE_BY_FINAL) return { option: final, candidate, note: [NOTE_BY_FINAL[final]] };
  if (isAloud(standing)) return { option: final, candidate, note: [`your_vote_${standing.channel}`] };
  return { option: final, candidate, note: ["your_vote_time", { time }] };
}
