// Answers that the clerk enters: aloud in a called roll call, and by hand "all for, except…". Values in, values out.

import { phaseOf } from "./console_state.js";

/** The keys of an answer, in order: [{digit, answer, option, name}]. Without candidates 1 2 3 4; with candidates their
    own numbers, 9 abstains and 0 is no answer. */
export function answerKeys(vote) {
  const plain = (digit, option) => ({ digit, answer: option, option, name: null });
  if (vote.candidates.length === 0) return ["for", "against", "abstain", "not_voting"].map((option, i) => plain(String(i + 1), option));
  const chosen = vote.candidates.map(({ candidate, name }) => ({ digit: String(candidate), answer: candidate, option: "for", name }));
  return [...chosen, plain("9", "abstain"), plain("0", "not_voting")];
}

/** "1" of Digit1 or Numpad1, else null. */
export const digitOf = (code) => /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1] ?? null;

/** Members who vote and are at a desk, in the desks' order. */
export function voters(state) {
  const exception = state.vote?.exception ?? false;
  return state.desks.filter((desk) => desk.member !== null && desk.present && (exception || !desk.recused)).map((desk) => desk.member);
}

/** An entry by hand that has just begun: what the rest answered, and who answered otherwise. */
/** `again`: answers stand already, these will take their place. */
export const beginEntry = (voteN, again = false) => ({ vote_n: voteN, again, rest: null, answers: new Map() });

export const isUntouched = (entry) => entry.rest === null && entry.answers.size === 0;

export const withRest = (entry, rest) => ({ ...entry, rest });

/** With one member's answer; that of the rest, or the same again, takes the exception back. */
export function withAnswer(entry, member, answer) {
  const answers = new Map(entry.answers);
  if (answer === null || answer === entry.rest || answers.get(member) === answer) answers.delete(member);
  else answers.set(member, answer);
  return { ...entry, answers };
}

/** Every voter's answer as it would be entered: member -> answer. */
export function drafts(entry, state) {
  if (entry === null) return null;
  const all = voters(state).map((member) => [member, entry.answers.get(member) ?? entry.rest]);
  return new Map(all.filter(([, answer]) => answer !== null));
}

/** How many of each answer: [[answer, n]], the keys' order, without those that nobody gave. */
export function sums(entry, state) {
  const found = [...drafts(entry, state).values()];
  return answerKeys(state.vote)
    .map(({ answer, option, name }) => ({ answer, option, name, n: found.filter((one) => one === answer).length }))
    .filter(({ n }) => n > 0);
}

/** The state with the answers that a clerk has entered (EnteredAnswers) at the desks, while their vote is open. */
export function withEntered(state, entered) {
  if (phaseOf(state) !== "entered" || entered?.vote_n !== state.vote.n) return state;
  const at = (desk) => {
    const answer = entered.answers[desk.member];
    if (answer === undefined) return desk;
    return typeof answer === "number" ? { ...desk, option: "for", candidate: answer } : { ...desk, option: answer };
  };
  return { ...state, desks: state.desks.map(at) };
}

/** What was entered, by answer in the keys' order, with who gave it; last, if any, who has none: [{option, name, who}],
    `option` null. */
export function enteredBy(state) {
  const those = new Set(voters(state));
  const desks = state.desks.filter((desk) => those.has(desk.member));
  const given = (desk) => (desk.candidate === null ? desk.option : desk.candidate);
  const of = (answer) => desks.filter((desk) => given(desk) === answer).map((desk) => desk.name);
  return [...answerKeys(state.vote), { answer: null, option: null, name: null }]
    .map(({ answer, option, name }) => ({ option, name, who: of(answer) }))
    .filter(({ who }) => who.length > 0);
}

/** Fields of the EnterAnswers message. */
export const entered = (entry) => ({ vote_n: entry.vote_n, answers: Object.fromEntries(entry.answers), rest: entry.rest });

/** Who is being asked: {member, name, place, of, following, again}. `back`: a member whom the clerk has gone back to. */
export function called(state, back) {
  const { call } = state;
  if (call === null) return null;
  if (back === null) return { ...call, again: false };
  const desk = state.desks.find((one) => one.member === back);
  const following = call.name === null ? [] : [call.name, ...call.following];
  return { ...call, member: back, name: desk?.name ?? back, following, again: true };
}

/** The member answered before `member` (or before whose turn it is), or null: the first. */
export function before(state, member) {
  const answered = state.call?.answered ?? [];
  const at = answered.indexOf(member);
  return (at < 0 ? answered.at(-1) : answered[at - 1]) ?? null;
}
