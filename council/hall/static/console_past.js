// Past votes: void, repeat, reconsider, correct, print; and what one clerk has asked for and another must confirm.

import { button, cancel, close, field, input, makeForm, open, radios, sendFrom, textarea } from "./console_dialog.js";
import { digitOf } from "./console_entry.js";
import { may } from "./console_offers.js";
import { sheetOf } from "./console_papers.js";
import { makePicker } from "./console_pick.js";
import { openSecret } from "./console_secret_form.js";
import { openVoteForm } from "./console_vote_form.js";
import { element } from "./element.js";
import { bound, ofTexts, optionWord, say } from "./words.js";

/** Void a vote: it wants a reason. */
export function openVoid(hall, n) {
  const reason = input("", { maxlength: 300 });
  const vote = hall.state.votes.find((one) => one.n === n);
  const title = vote?.title ?? hall.state.vote?.title ?? "";
  const made = makeForm([element("p", "serif", bound(title)), field("reason", say("void_reason"), reason, say("void_note"))], say("void_do"), () => {
    if (!reason.value.trim()) return made.errors({ reason: "reason_missing" });
    sendFrom(made, hall, "void_vote", { type: "VoidVote", vote_n: n, reason: reason.value.trim() });
  });
  open(say("dialog_void", { n }), [made.form]);
  reason.focus();
}

/** All votes of the sitting, newest first; then what may be done with the one chosen. */
export function openPast(hall) {
  const picker = makePicker({
    label: say("pick_vote"),
    things: hall.state.votes,
    text: (vote) => `${vote.n} ${vote.item ?? ""} ${vote.title}`,
    draw: (vote) => [
      element("b", "pick-no", say("numbered", { n: vote.n })),
      element("span", "serif", bound(vote.title)),
      element("span", "soft pick-end", ofTexts(vote.verdict)),
    ],
    take: (vote) => openVote(hall, vote.n),
  });
  open(say("past_votes"), [picker.box, element("div", "dialog-acts", cancel("dialog_close"))], {
    wide: true,
    follow: (state) => picker.renew(state.votes),
  });
  picker.input.focus();
}

function openVote(hall, n) {
  const vote = hall.state.votes.find((one) => one.n === n);
  if (vote === undefined) return;
  const rights = { void: "VoidVote", repeat: vote.ballot ? "RecordSecretVote" : "OpenVote", repeat_otherwise: vote.ballot ? "OpenVote" : "RecordSecretVote", reconsider: "OpenVote", correct: "NoteCorrection", print: "papers.print" };
  const repeat = (secretly) => (secretly ? openSecret(hall, vote) : openVoteForm(hall, "repeat", vote, "repeat"));
  const words = { repeat_otherwise: vote.ballot ? "past_repeat_named" : "past_repeat_secret" };
  const acts = {
    print: () => sheetOf(hall.state.sitting.sitting, n),
    correct: () => openCorrection(hall, n),
    reconsider: () => openVoteForm(hall, "reconsider", vote, "reconsideration"),
    repeat: () => repeat(Boolean(vote.ballot)),
    repeat_otherwise: () => repeat(!vote.ballot),
    void: () => openVoid(hall, n),
  };
  const rows = Object.keys(acts)
    .filter((act) => may(hall.state, n, act) && hall.rights.has(rights[act]))
    .map((act) => button("outlined", say(words[act] ?? `past_${act}`), acts[act]));
  const parts = [element("p", "serif", bound(vote.title)), element("p", "soft", ofTexts(vote.verdict))];
  const none = rows.length ? [] : [element("p", "soft", say("past_nothing"))];
  open(say("dialog_past", { n }), [...parts, ...none, element("div", "dialog-acts is-column", ...rows), element("div", "dialog-acts", cancel("dialog_close"))]);
  (rows[0] ?? document.querySelector("#dialog-body button")).focus();
}

/** A member's statement after the announcement: who, what was meant, the words. Another clerk confirms it. */
function openCorrection(hall, n) {
  const picker = makePicker({
    label: say("correct_who"),
    things: hall.choices.members,
    text: (one) => `${one.family_name} ${one.given_name}`,
    draw: (one) => [element("span", "", `${one.family_name} ${one.given_name}`), element("span", "soft pick-end", one.faction ?? "")],
    take: (one) => openStatement(hall, n, one),
  });
  open(say("dialog_correct", { n }), [picker.box, element("div", "dialog-acts", cancel())], { wide: true });
  picker.input.focus();
}

function openStatement(hall, n, member) {
  const candidates = hall.state.votes.find((one) => one.n === n)?.candidates ?? [];
  const options = candidates.length ? [...candidates.keys()].map((at) => at + 1).concat("abstain") : ["for", "against", "abstain"];
  let meant = null;
  const text = textarea("", 3);
  text.maxLength = 4000;
  const words = options.map((option, i) => [option, [element("kbd", "cap", String(i + 1)), candidates[i] ?? optionWord(option, member.gender)]]);
  const choice = radios("meant", say("correct_meant"), words, null, (one) => (meant = one));
  choice.append(element("p", "field-error"));
  const made = makeForm([choice, field("statement", say("correct_statement"), text, say("correct_note"))], say("correct_do"), () => {
    const errors = { ...(meant === null && { meant: "meant_missing" }), ...(!text.value.trim() && { statement: "text_missing" }) };
    if (Object.keys(errors).length) return made.errors(errors);
    const fields = { type: "NoteCorrection", vote_n: n, member: member.member, meant, statement: text.value.trim() };
    sendFrom(made, hall, "correct", fields, () => {
      close();
      hall.tell("correction_waits");
    });
  });
  const keys = (event) => {
    const at = event.target === text ? -1 : Number(digitOf(event.code)) - 1;
    const radio = choice.querySelectorAll("input")[at];
    if (radio === undefined) return false;
    radio.click();
    text.focus();
    return true;
  };
  open(`${member.family_name} ${member.given_name}`, [made.form], { keys });
  choice.querySelector("input").focus();
}

/** What waits for another clerk. Who has asked may only take it back. */
export function openProposals(hall) {
  let error = "";

  function draw(state) {
    const held = document.activeElement?.dataset?.proposal;
    const rows = state.proposals.map((one) => {
      const own = one.by === hall.staff.staff;
      const act = (type, word) => {
        const made = button(type === "ConfirmProposal" ? "filled" : "outlined", say(word), () =>
          hall.start(word, { type, proposal: one.proposal }, { done: () => {}, refused: fail, gone: () => fail(say("dialog_gone")) }),
        );
        made.dataset.proposal = `${one.proposal} ${type}`;
        return made;
      };
      const may = hall.rights.has("ConfirmProposal");
      const acts = may ? [...(own ? [] : [act("ConfirmProposal", "proposal_confirm")]), act("DropProposal", "proposal_drop")] : [];
      return element(
        "section",
        "proposal",
        element("p", "", bound(ofTexts(one.text))),
        element("p", "soft", say(own ? "proposal_own" : "proposal_by", { name: one.by_name })),
        element("div", "dialog-acts", ...acts),
      );
    });
    const alert = element("p", "dialog-error", error);
    alert.setAttribute("role", "alert");
    const none = rows.length ? [] : [element("p", "soft", say("proposals_none"))];
    open(say("proposals"), [...rows, ...none, alert, element("div", "dialog-acts", cancel("dialog_close"))], { follow });
    const buttons = [...document.querySelectorAll("#dialog-body button")];
    (buttons.find((made) => held !== undefined && made.dataset.proposal === held) ?? buttons[0]).focus();
  }

  function fail(text) {
    error = text;
    draw(hall.state);
  }

  let drawn = JSON.stringify(hall.state.proposals);
  function follow(state) {
    const key = JSON.stringify(state.proposals);
    if (key === drawn) return;
    drawn = key;
    error = "";
    draw(state);
  }
  draw(hall.state);
}
