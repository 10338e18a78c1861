// What the clerk's console says for a ConsoleState: values in, values out. What it offers is in console_offers.js.
//
// `local` is what only this page knows: {link, staff, presence, chosen, confirm, refused, lost, said}. A sentence is
// [word, values]. Source: HALL.md, clerk's console; council/acts/ decides what the hall accepts.

/** Where the sitting stands: planned, none (no item called), item, idle (nothing to vote on), open, called and entered
    (open, by method), held, tied, closed, announced, voided, secret (a ballot on paper came last) or over. */
export function phaseOf({ sitting, item, vote, next_motion, secret }) {
  if (sitting.state !== "open") return sitting.state === "planned" ? "planned" : "over";
  if (vote !== null) {
    if (vote.state === "open") return vote.method === "terminal" ? "open" : vote.method;
    if (["held", "tied", "closed"].includes(vote.state)) return vote.state;
  }
  if (secret) return secret.void_reason ? "voided" : "secret";
  if (vote !== null && vote.item === (item?.item ?? null)) return vote.state;
  if (item === null) return "none";
  return next_motion ? "item" : "idle";
}

const RUNNING = ["open", "called", "entered", "held"];
const DECIDED = ["tied", "closed", "announced", "voided", "secret"];

/** A vote is going on: nothing else may begin. */
export const isRunning = (phase) => RUNNING.includes(phase);

/** The screen shows the vote and not what comes next. */
export const showsVote = (phase) => RUNNING.includes(phase) || DECIDED.includes(phase);

/** The vote is over and its result may be seen. */
export const isDecided = (phase) => DECIDED.includes(phase);

/** And who chose what. */
export const isNamed = (phase) => isDecided(phase) && phase !== "secret" && phase !== "voided";

/** The vote on the screen; a secret ballot in the shape of a named one, without a roll. */
export function shownVote(state) {
  const { secret, vote } = state;
  const phase = phaseOf(state);
  if (!secret || (phase !== "secret" && phase !== "voided")) return vote;
  const tally = { for: secret.for, against: secret.against, abstain: secret.abstain };
  const told = { verdict: secret.verdict, reason: secret.reason, tally, counts: secret.counts, chosen: secret.chosen };
  return { n: secret.n, item: secret.item, title: secret.title, closed_at: secret.at, label: null, candidates: secret.candidates, result: phase === "voided" ? null : told, void_reason: secret.void_reason };
}

export const hasQuorum = (state) => state.present >= state.quorum;

/** The void vote that would be repeated next, of `votes`; null: what comes next is another. */
export function repeatable(state) {
  if (phaseOf(state) !== "voided") return null;
  return state.votes.find((vote) => vote.n === shownVote(state).n && vote.may.includes("repeat")) ?? null;
}

/** The time limit of the vote that would open next: seconds, or null for none. */
export function nextSeconds(state, local) {
  if (local.chosen?.vote_n === state.next_vote_n) return local.chosen.seconds;
  const repeated = repeatable(state);
  return repeated === null ? state.next_seconds : repeated.seconds;
}

/** The title in the middle: of the vote that is shown, else of what would be voted on. */
export function title(state) {
  const phase = phaseOf(state);
  if (showsVote(phase)) return shownVote(state).title;
  if (phase === "planned" || phase === "over") return state.sitting.session_label;
  return state.next_motion ?? state.item?.title ?? null;
}

/** The line above the motion. */
export function kicker(state) {
  const { item } = state;
  const vote = shownVote(state);
  const of = (word, time) =>
    vote.item === null ? [`${word}_only`, { n: vote.n, time }] : [word, { item: vote.item, n: vote.n, time }];
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
    case "called":
    case "entered":
      return of("vote_open", vote.opened_at);
    case "held":
      return of("vote_held", vote.opened_at);
    case "voided":
      return of("vote_voided", vote.opened_at);
    default:
      return of("vote_closed", vote.closed_at);
  }
}

/** What an agenda line says of its state; null: its verdict says it. */
export function itemWord(item, state) {
  if (item.state === "withdrawn") return ["item_withdrawn", {}];
  if (item.state === "current") {
    const phase = phaseOf(state);
    const own = state.vote?.item === item.item;
    if (own && isRunning(phase)) return [phase === "held" ? "item_held" : "item_open", {}];
    if (own && phase === "tied") return ["item_tied", {}];
    if (own && phase === "closed") return ["item_closed", {}];
    if (item.verdict === null) return ["item_current", {}];
  }
  if (item.verdict !== null) return null;
  return [item.state === "done" ? "item_done" : item.consent ? "item_consent" : "item_waiting", {}];
}

/** How near the quorum is to being lost: {word, values, near}, or null while the hall does not say. */
export function margin({ margin: left, sitting }) {
  if (left === null || sitting.state !== "open") return null;
  if (left < 0) return { says: ["margin_short", { n: -left }], near: true };
  if (left === 0) return { says: ["margin_none", {}], near: true };
  return { says: ["margin_left", { n: left }], near: left <= 2 };
}
