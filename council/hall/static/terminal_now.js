// What is true at a seat terminal now, of a state of terminal_state.js: values in, values out.

export const KINDS = ["speech", "reply", "question", "point_of_order"]; // of the floor, keys 1 to 4 of its menu

/** The vote in which a choice can be made now; a vote called aloud or entered by hand has no keys. */
export const openVote = (state) => (state.chamber?.vote?.state === "open" ? state.chamber.vote : null);

/** The vote that is not over: open or held. While it runs nothing but the voting keys is on the screen. */
export function runningVote(state) {
  const vote = state.chamber?.vote ?? null;
  return vote !== null && (vote.state === "open" || vote.state === "held") ? vote : null;
}

/** Standing, if it speaks of the vote on the screen. */
export function standingNow(state) {
  const vote = state.chamber?.vote;
  return vote && state.standing?.vote_n === vote.n ? state.standing : null;
}

/** Who sits here: as the hall says now, before that as it said in its Welcome; null: nobody. */
export const memberNow = (state) => (state.standing === null ? state.seated : (state.standing.member ?? null));

/** Nobody has signed in at a desk where one must: which is possible while the sitting is open. */
export const needsSeat = (state) =>
  state.seatBy !== "seating" && state.link !== "replaced" && state.standing !== null && memberNow(state) === null && state.chamber?.sitting.state === "open";

/** The choices of a vote in the order of their keys: for, against, abstain; or each candidate, then abstain. */
export function choicesOf(vote) {
  const candidates = vote?.candidates ?? [];
  if (candidates.length === 0) return ["for", "against", "abstain"].map((option) => ({ option, candidate: null }));
  const chosen = candidates.map(({ candidate }) => ({ option: "for", candidate }));
  return [...chosen, { option: "abstain", candidate: null }];
}

export const sameChoice = (one, other) =>
  one.option === other.option && (one.candidate ?? null) === (other.candidate ?? null);

/** May a key be pressed now (a lost link does not matter: the press waits)? */
export function isLive(state) {
  const vote = openVote(state);
  const byKeys = vote !== null && vote.method !== "called" && vote.method !== "entered";
  const known = !state.keyless && state.link !== "replaced" && memberNow(state) !== null;
  return byKeys && known && standingNow(state)?.entitled === true;
}

/** The vote that belongs on the screen: the running one, else the last of the item that is called now. */
export function voteNow({ chamber }) {
  const vote = chamber?.vote ?? null;
  if (vote === null || chamber.sitting.state !== "open") return null;
  if (vote.state === "open" || vote.state === "held") return vote;
  return vote.item === null || vote.item === chamber.item?.item ? vote : null;
}

/** The secret ballot whose totals belong on the screen: the item's last, while no vote runs. */
export function secretNow(state) {
  const { chamber } = state;
  return chamber?.sitting.state === "open" && runningVote(state) === null ? chamber.secret : null;
}

/** The receipt that can be kept: of the press that counts in the vote on the screen, which is over. */
export function receiptNow(state) {
  const { receipt, standing } = state;
  const vote = voteNow(state);
  const counts = receipt !== null && standing !== null && receipt.boot === standing.boot && receipt.n === standing.n;
  return counts && vote !== null && runningVote(state) === null && receipt.vote_n === vote.n ? receipt : null;
}

/** What the controls beside the voting keys do, by their keys, while nothing is being asked: {"0": "ask", …}. */
export function sideOf(state) {
  const { standing, chamber } = state;
  if (state.keyless || state.link === "replaced" || chamber === null || standing === null) return {};
  if (memberNow(state) === null || chamber.sitting.state !== "open" || runningVote(state) !== null) return {};
  if (!standing.present) return { 7: "arrive" };
  const found = { 7: "leave" };
  if (!standing.speaking) found[0] = standing.request ? `withdraw ${standing.request.request}` : "ask";
  if (receiptNow(state) !== null) found[8] = "receipt";
  if (chamber.item !== null && !standing.recused) found[9] = "recuse";
  return found;
}

/** What every control does now: those of the side, or the answers to what is being asked. */
export function controlsOf(state) {
  if (!state.keyless && needsSeat(state)) return { Enter: "sit", Backspace: "erase" };
  const side = sideOf(state);
  if (state.menu === null || side[7] !== "leave") return side;
  if (state.menu !== "floor") return { Enter: `${state.menu}!`, Escape: "cancel" };
  return { ...Object.fromEntries(KINDS.map((kind, i) => [i + 1, `ask ${kind}`])), Escape: "cancel" };
}
