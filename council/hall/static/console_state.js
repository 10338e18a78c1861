// What the clerk's console offers and says for a ConsoleState: values in, values out.
//
// `local` is what only this page knows: {link, presence, chosen, confirm, refused, lost}. A sentence is [word, values].
// Acts are named as in strings.py; each has its own letter, so that a doubled key never does two.
// Source: HALL.md, clerk's console; council/acts.py decides what the hall accepts.

export const CONFIRM_MS = 4000;
export const FRESH_MS = 1000; // an act that has just appeared or changed its meaning ignores input
export const SLOW_MS = 300; // a terminal's round trip from here on is named
const NAMED = 6; // more seats than this are only counted, with their numbers up to twice that

/** Where the sitting stands: planned, none (no item called), item, idle (nothing to vote on), open, closed, announced
    or over. */
export function phaseOf({ sitting, item, vote, next_motion }) {
  if (sitting.state !== "open") return sitting.state === "planned" ? "planned" : "over";
  if (vote?.state === "open" || vote?.state === "closed") return vote.state;
  if (item === null) return "none";
  if (vote?.item === item.item) return "announced";
  return next_motion ? "item" : "idle";
}

export const hasQuorum = (state) => state.present >= state.quorum;

/** The time limit of the vote that would open next: seconds, or null for none. */
export function nextSeconds(state, local) {
  return local.chosen?.vote_n === state.next_vote_n ? local.chosen.seconds : state.next_seconds;
}

/** {main, others, other}: the next act, the outlined ones, and whether another item may be called. */
export function offers(state) {
  const phase = phaseOf(state);
  if (phase === "planned") return { main: "open_sitting", others: [], other: false };
  if (phase === "over") return { main: null, others: [], other: false };
  if (phase === "open") return { main: "close_vote", others: [], other: false };
  if (phase === "closed") return { main: "announce", others: [], other: false };
  if (state.next_motion && !hasQuorum(state)) return { main: "mark_presence", others: ["change_time"], other: true };
  if (state.next_motion) return { main: "open_vote", others: ["change_time", "mark_presence"], other: true };
  const main = state.next_item === null ? "close_sitting" : "call_item";
  return { main, others: ["mark_presence"], other: true };
}

/** Does this act ask once more before it is done? */
export function asks(act, state, now) {
  if (act === "close_sitting") return true;
  if (act !== "close_vote" || state.vote === null) return false;
  const early = state.vote.closes_at === null || Date.parse(state.vote.closes_at) > now;
  return early && state.voted < state.entitled;
}

/** The message of an act that goes to the hall; `id` names the try. */
export function message(act, state, local, id) {
  const n = state.vote?.n;
  switch (act) {
    case "open_sitting":
      return { type: "OpenSitting", act: id };
    case "call_item":
      return { type: "CallItem", act: id, item: state.next_item };
    case "open_vote":
      return { type: "OpenVote", act: id, vote_n: state.next_vote_n, seconds: nextSeconds(state, local) };
    case "close_vote":
      return { type: "CloseVote", act: id, vote_n: n };
    case "announce":
      return { type: "AnnounceResult", act: id, vote_n: n };
    case "close_sitting":
      return { type: "CloseSitting", act: id };
  }
  throw new Error(`no act ${act}`);
}

/** What the act's button says. The key of `confirm` is what has to be pressed again. */
export function actWord(act, state, local, key) {
  if (local.confirm?.act === act) {
    if (act === "close_vote") return ["confirm_close", { n: state.entitled - state.voted, key }];
    return ["confirm_close_sitting", { key }];
  }
  if (act === "call_item" && state.next_item !== null) {
    return phaseOf(state) === "none" ? ["call_item", { item: state.next_item }] : ["call_next", {}];
  }
  return [act, {}];
}

/** The line above the motion. */
export function kicker(state) {
  const { vote, item } = state;
  switch (phaseOf(state)) {
    case "planned":
      return ["sitting_planned", {}];
    case "over":
      return ["sitting_closed", {}];
    case "none":
      return ["sitting_open", {}];
    case "item":
      return ["vote_next", { item: item.item, n: state.next_vote_n }];
    case "idle":
      return ["item_no_motion", { item: item.item }];
    case "open":
      return vote.item === null
        ? ["vote_open_only", { n: vote.n, time: vote.opened_at }]
        : ["vote_open", { item: vote.item, n: vote.n, time: vote.opened_at }];
    default:
      return vote.item === null
        ? ["vote_closed_only", { n: vote.n, time: vote.closed_at }]
        : ["vote_closed", { item: vote.item, n: vote.n, time: vote.closed_at }];
  }
}

/** What an agenda line says of its state. */
export function itemWord(item, state) {
  if (item.state === "current") {
    const phase = phaseOf(state);
    const own = state.vote?.item === item.item;
    if (own && phase === "open") return ["item_open", {}];
    if (own && phase === "closed") return ["item_closed", {}];
    if (item.verdict === null) return ["item_current", {}];
  }
  if (item.verdict !== null) return null; // the verdict itself
  return [item.state === "done" ? "item_done" : "item_waiting", {}];
}

const line = (band, mark, ...says) => ({ band, mark, says });

/** The guard line: {band: plain | ok | notice | inverted, mark, says}. It says whether the next act is safe. */
export function guard(state, local) {
  if (local.link === "down") return line("inverted", "warning", ["offline", {}]);
  if (local.refused) return line("inverted", "warning", ["act_refused", { reason: local.refused }]);
  if (local.lost) return line("inverted", "warning", ["act_lost", { act: local.lost }]);
  if (local.presence) return line("notice", null, ["guard_presence", {}]);
  const phase = phaseOf(state);
  if (phase === "over") return line("plain", null, ["guard_sitting_closed", {}]);
  if (phase === "closed") return line("plain", null, ["chair", chairValues(state.vote.result)]);
  const done = phase === "announced";
  if (done && !state.next_motion) {
    const more = state.next_item === null ? [["guard_agenda_done", {}]] : [];
    return line("ok", "tick", ["guard_announced", {}], ...more);
  }
  if (phase === "planned") return withLinks(state, [["guard_planned", {}]], true);
  if (!hasQuorum(state)) {
    const no = ["quorum_no", { present: state.present, quorum: state.quorum }];
    return line("inverted", "warning", no, ...(state.next_motion && phase !== "open" ? [["may_not_open", {}]] : []));
  }
  const quorum = ["quorum_yes", {}];
  if (phase === "open") return withLinks(state, [quorum], false);
  const opens = done ? [["guard_more_motions", {}]] : state.next_motion ? [["may_open", {}]] : [];
  return withLinks(state, [quorum, ...opens], false);
}

function withLinks(state, says, planned) {
  const voting = phaseOf(state) === "open"; // then only those matter who are there
  const seated = state.desks.filter((desk) => desk.member !== null && (desk.present || !voting));
  const down = seated.filter((desk) => !desk.linked);
  const slow = seated.filter((desk) => desk.linked && desk.rtt_ms !== null && desk.rtt_ms >= SLOW_MS);
  const found = [];
  if (down.length > 2 * NAMED) found.push(["links_down_many", { n: down.length }]);
  else if (down.length) {
    const name = (desk) =>
      desk.present || planned || down.length > NAMED ? [String(desk.desk_no)] : [String(desk.desk_no), "not_registered"];
    found.push(["links_down", { n: down.length, list: down.map(name) }]);
  }
  if (slow.length > NAMED) slow.splice(NAMED);
  if (slow.length) found.push(["links_slow", { n: slow.length, list: slow.map((desk) => [String(desk.desk_no), "ms", { ms: desk.rtt_ms }]) }]);
  if (found.length) return line("notice", "warning", ...found, ...says);
  const slowest = Math.max(...seated.map((desk) => desk.rtt_ms ?? -1));
  const n = seated.length;
  if (n > 0) found.push(slowest < 0 ? ["links_ok_plain", { n }] : ["links_ok", { n, ms: slowest }]);
  return line("ok", "tick", ...found, ...says);
}

function chairValues({ result, tally }) {
  const { for: votesFor, against, abstain, not_voting } = tally;
  return { for: votesFor, against, abstain, not_voting, decision: `decision_${result}` };
}

/** One cell of the grid: {look, lamp, slow, hatched, says}. Before the close it never tells how anyone votes. */
export function deskView(desk, state) {
  const phase = phaseOf(state);
  const slow = desk.linked && desk.rtt_ms !== null && desk.rtt_ms >= SLOW_MS ? desk.rtt_ms : null;
  if (desk.member === null) return { look: "empty", lamp: null, slow, hatched: false, says: ["cell_empty"] };
  if (desk.option !== null && (phase === "closed" || phase === "announced")) {
    const out = ["absent", "recused", "no_record"].includes(desk.option);
    return { look: "plain", lamp: desk.option, slow: null, hatched: out, says: [`option_${desk.option}`] };
  }
  const says = [desk.present ? "cell_present" : "cell_away"];
  if (!desk.linked) says.push("cell_offline");
  if (phase === "open" && desk.voted) return { look: "voted", lamp: "filled", slow, hatched: false, says: ["cell_voted"] };
  if (phase === "open" && desk.present) says.push("cell_not_voted");
  const lamp = !desk.linked ? "struck" : desk.present ? "ring" : "absent";
  return { look: "plain", lamp, slow, hatched: !desk.present, says };
}
