// What a seat terminal shows for a state: values in, values out. A sentence is [word, values]; the page says it in its
// language. Values named `option` and `final` are options, `time` is a moment.
//
//   view(state, now) -> {...}    now: the server's clock, ms since 1970

import { LOW_MS, leftOf } from "./countdown.js";
import { CHOSEN, isLive, mayArrive, openVote, standingNow } from "./terminal_state.js";

const NOTE_BY_FINAL = {
  not_voting: "your_vote_not_voting",
  absent: "your_vote_absent",
  recused: "your_vote_recused",
  no_record: "your_vote_no_record",
};

// The vote that belongs on the screen: the open one, else the last of the item that is called now.
function voteNow({ chamber }) {
  const vote = chamber?.vote ?? null;
  if (vote === null || chamber.sitting.state !== "open") return null;
  return vote.state === "open" || vote.item === null || vote.item === chamber.item?.item ? vote : null;
}

export function view(state, now) {
  const vote = voteNow(state);
  const over = vote !== null && vote.state !== "open";
  return {
    link: { connecting: "connecting", up: "up" }[state.link] ?? "down",
    kicker: kicker(state, vote),
    liveDot: openVote(state) !== null && state.link === "up",
    title: title(state, vote),
    requirement: vote !== null && vote.state === "open" ? vote.requirement : null,
    countdown: countdown(state, now),
    arrive: mayArrive(state) ? { busy: state.arriving, dead: state.link !== "up" } : null,
    lamp: over ? overLamp(state, vote) : lamp(state),
    keys: over ? null : CHOSEN.map((option) => key(state, option)),
    outcome: over ? outcome(state, vote) : null,
  };
}

function kicker(state, vote) {
  const item = vote !== null ? vote.item : (state.chamber?.item?.item ?? null);
  if (vote === null) return item === null ? null : ["considering", { item }];
  const n = vote.n;
  if (vote.state === "open") return item === null ? ["vote", { n }] : ["item_vote", { item, n }];
  const time = vote.closed_at;
  return item === null ? ["vote_closed", { n, time }] : ["item_vote_closed", { item, n, time }];
}

// People's own words as {text}, ours as {say}.
function title(state, vote) {
  const { chamber } = state;
  if (chamber === null) return null;
  if (vote !== null) return { text: vote.title };
  if (chamber.item !== null && chamber.sitting.state === "open") return { text: chamber.item.title };
  return { text: chamber.sitting.session_label };
}

function countdown(state, now) {
  const vote = openVote(state);
  if (vote === null) return null;
  const soft = state.link !== "up";
  if (vote.closes_at === null) return { label: null, word: "no_limit", ms: null, share: null, low: false, soft };
  const ms = leftOf(vote, now);
  return {
    label: soft ? "about_to_closing" : "to_closing",
    word: ms === 0 ? "closing_now" : null,
    ms,
    share: Math.min(1, ms / (vote.seconds * 1000)),
    low: ms < LOW_MS && !soft,
    soft,
  };
}

const make = (mark, band, head, soft) => ({ mark, band, head, soft });

// What cuts this terminal off whatever the sitting does, or null.
function cutOff({ link, turnedAway }) {
  if (link === "replaced") return make("cut", "inverted", ["replaced"], ["replaced_soft"]);
  if (turnedAway !== null) return make("cut", "inverted", ["turned_away", { reason: turnedAway }], null);
  return null;
}

function lamp(state) {
  const cut = cutOff(state);
  if (cut !== null) return cut;
  if (openVote(state) !== null && standingNow(state)?.entitled) return votingLamp(state);
  if (state.link === "down") return make("cut", "inverted", ["offline_idle"], ["offline_idle_soft"]);
  if (state.chamber === null) return make("ring", "plain", ["connecting"], ["connecting_soft"]);
  if (state.notice?.kind === "refused") return make("warning", "inverted", ["refused", { reason: state.notice.text }], null);
  if (state.member === null) return make("ring", "plain", ["no_member"], ["no_member_soft"]);
  const { sitting } = state.chamber;
  if (sitting.state === "planned") return make("ring", "plain", ["sitting_planned"], ["waiting_soft"]);
  if (sitting.state === "closed") return make("ring", "plain", ["sitting_closed"], ["sitting_closed_soft"]);
  if (openVote(state) !== null && standingNow(state) !== null) {
    const why = state.standing.present ? "not_entitled_present" : "not_entitled_absent";
    return make("absent", "plain", ["not_entitled"], [why]);
  }
  if (mayArrive(state)) return make("absent", "plain", ["not_present"], ["not_present_soft"]);
  return make("ring", "plain", ["waiting"], ["waiting_soft"]);
}

// While a vote is open and the member may vote.
function votingLamp({ link, press, standing, notice }) {
  const { option, recorded_at: time } = standing;
  const stands = option === null ? ["stands_none"] : ["stands", { option }];
  if (link !== "up") {
    const head =
      press !== null
        ? ["offline_pending", { option: press.option }]
        : option !== null
          ? ["offline_recorded", { option, time }]
          : ["offline_none"];
    return make("cut", "inverted", head, ["offline_soft"]);
  }
  if (notice?.kind === "refused") return make("warning", "inverted", ["refused", { reason: notice.text }], stands);
  if (notice?.kind === "two_keys") {
    const soft = press === null ? stands : ["pending", { option: press.option }];
    return make("warning", "inverted", ["two_keys"], soft);
  }
  if (press !== null) {
    const soft = option === null ? ["pending_soft"] : ["changing_soft", { option, time }];
    return make("sending", "dashed", ["pending", { option: press.option }], soft);
  }
  if (option !== null) return make(option, "recorded", ["recorded", { option }], ["recorded_soft", { time }]);
  return make("ring", "plain", ["open"], ["open_soft"]);
}

// After the close the lamp keeps quiet, unless there is something to say.
function overLamp(state, vote) {
  const { press, lost } = state;
  const cut = cutOff(state);
  if (cut !== null) return cut;
  if (state.link === "down") return make("cut", "inverted", ["offline_idle"], ["offline_idle_soft"]);
  if (press !== null) return make("sending", "dashed", ["checking", { option: press.option }], null);
  const final = standingNow(state)?.final ?? null;
  if (lost?.vote_n === vote.n && final !== null && final !== lost.option) {
    return make("warning", "inverted", ["lost", { option: lost.option, final }], null);
  }
  if (state.notice?.kind === "refused") return make("warning", "inverted", ["refused", { reason: state.notice.text }], null);
  if (mayArrive(state)) return make("absent", "plain", ["not_present"], ["not_present_soft"]);
  return null;
}

function key(state, option) {
  if (!isLive(state)) return { option, look: "dead", recorded: false, pending: false };
  const recorded = state.standing.option === option;
  const pending = state.press?.option === option;
  const untouched = state.standing.option === null && state.press === null;
  const look = pending ? "pending" : recorded ? "recorded" : untouched ? "open" : "plain";
  return { option, look, recorded, pending };
}

function outcome(state, vote) {
  const standing = standingNow(state);
  const final = state.press === null ? (standing?.final ?? null) : null;
  const note =
    final === null ? null : final in NOTE_BY_FINAL ? [NOTE_BY_FINAL[final]] : ["your_vote_time", { time: standing.recorded_at }];
  return {
    result: vote.result,
    own: final === null ? null : { option: final, note },
  };
}
