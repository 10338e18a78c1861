// Answers on their way from the clerk's keys to the hall: the called member's, and an entry by hand. What is entered is
// kept in `local` ({entry, back}) until the hall has it; values are worked out in console_entry.js.

import { focusDesks, nextDesk } from "./console_desks.js";
import { answerKeys, before, beginEntry, called, digitOf, entered, isUntouched, voters, withAnswer, withRest } from "./console_entry.js";
import { phaseOf } from "./console_state.js";

/** hall: the console; changed(): draw anew; missed(word): a key was not taken, why; fresh: ms for which a member who has just come
    up takes no answer. */
export function makeEntering({ hall, local, acts, changed, missed, fresh }) {
  let asked = { who: null, at: 0 }; // the member the panel shows, and since when

  const phase = () => (hall.state === null ? null : phaseOf(hall.state));
  const mine = () => hall.rights.has("EnterAnswers") && local.link === "up";

  function follow(state) {
    const now = phaseOf(state);
    if (now !== "called") local.back = null;
    if (now !== "entered" || (state.entered_by.length > 0 && local.entry?.again === false && isUntouched(local.entry))) local.entry = null;
    else if (local.entry?.vote_n !== state.vote.n && state.entered_by.length === 0) local.entry = beginEntry(state.vote.n);
    see(state);
  }

  function see(state) {
    const who = phaseOf(state) === "called" ? (called(state, local.back)?.member ?? null) : null;
    if (who !== asked.who) asked = { who, at: performance.now() };
  }

  function answer(given) {
    const { state } = hall;
    const member = asked.who;
    if (member === null || !mine()) return;
    if (acts.waits("answer") || performance.now() - asked.at < fresh) return missed("key_missed");
    local.missed = null;
    const again = local.back !== null;
    const message = (act) => ({ type: "EnterAnswers", act, vote_n: state.vote.n, answers: { [member]: given }, rest: null });
    acts.start("answer", message, again ? { done: () => ((local.back = null), see(hall.state)) } : {});
  }

  function back() {
    local.back = before(hall.state, local.back ?? hall.state.call?.member ?? null) ?? local.back;
    see(hall.state);
    changed();
  }

  function rest(given) {
    if (!mine() || local.entry === null) return;
    local.missed = null;
    local.entry = withRest(local.entry, given);
    if (given !== null) focusDesks();
    changed();
  }

  function except(desk, given) {
    if (!voters(hall.state).includes(desk.member)) return;
    local.entry = withAnswer(local.entry, desk.member, given);
    changed();
  }

  return {
    follow,
    answer,
    back,
    rest,
    get waits() {
      return acts.waits("answer");
    },

    /** A desk was clicked or entered: in an entry by hand its answer changes to the next one. Whether it was meant so. */
    toggle(desk) {
      if (phase() !== "entered" || local.entry === null || local.entry.rest === null || desk.member === null || !mine()) return false;
      const keys = answerKeys(hall.state.vote).map((key) => key.answer);
      const now = local.entry.answers.get(desk.member) ?? local.entry.rest;
      except(desk, keys[(keys.indexOf(now) + 1) % keys.length]);
      return true;
    },

    /** A key; `deskNo`: the desk that has the keyboard. Whether it was meant for an answer. */
    key(event, deskNo) {
      const now = phase();
      if (now !== "called" && (now !== "entered" || local.entry === null)) return false;
      if (now === "called" && event.key === "Backspace") return back(), true;
      if (now === "entered" && event.key === "Escape") return rest(null), true;
      const key = event.shiftKey ? undefined : answerKeys(hall.state.vote).find(({ digit }) => digit === digitOf(event.code));
      if (key === undefined) return false;
      const desk = hall.state.desks.find((one) => one.desk_no === deskNo);
      if (now === "called") answer(key.answer);
      else if (desk === undefined || local.entry.rest === null) rest(key.answer);
      else {
        except(desk, key.answer);
        const those = voters(hall.state);
        nextDesk((no) => those.includes(hall.state.desks.find((one) => one.desk_no === no)?.member));
      }
      return true;
    },

    /** Send the whole entry; it stays here until the hall has it. */
    send() {
      if (local.entry === null) return (local.entry = beginEntry(hall.state.vote.n, true)), changed();
      if (isUntouched(local.entry)) return missed("entry_first");
      if (!mine()) return;
      const fields = entered(local.entry);
      acts.start("enter_answers", (act) => ({ type: "EnterAnswers", act, ...fields }), { done: () => ((local.entry = null), changed()) });
    },
  };
}
