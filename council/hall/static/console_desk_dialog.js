// One desk: who sits there, whether the member is here, an answer given aloud, recusal, an excuse, the terminals.

import { timeOf } from "./clock.js";
import { button, cancel, close, field, input, makeForm, open, sendFrom, shows } from "./console_dialog.js";
import { answerKeys, digitOf } from "./console_entry.js";
import { makePicker } from "./console_pick.js";
import { isRunning, phaseOf } from "./console_state.js";
import { byId, element } from "./element.js";
import { whenFree } from "./pressed.js";
import { shape } from "./shapes.js";
import { serverNow } from "./socket.js";
import { asReason, bound, optionWord, say } from "./words.js";

/** hall: {state, choices, rights, start}; floor(member): opens the floor's dialog for this member. */
export function openDesk(hall, deskNo, floor) {
  let asked = null; // what is asked once more: "revoke"
  let code = null; // EnrolmentMade
  let before = null; // the desk when the code was made
  let timer = null; // until the code expires
  let said = ""; // what went wrong, or was done
  const find = (state) => state.desks.find((desk) => desk.desk_no === deskNo);

  const start = (type, fields, done = () => draw()) =>
    hall.start(type, { type, ...fields }, { done, refused: (text) => tell(say("dialog_refused", { reason: asReason(text) })), gone: () => tell(say("dialog_gone")) });

  function tell(text) {
    said = text;
    draw();
  }

  function rows(state, desk) {
    const can = (right) => hall.rights.has(right);
    const here = desk.member !== null && state.sitting.state === "open";
    const { member } = desk;
    const made = [];
    const row = (word, act, values = {}) => made.push(button("outlined", say(word, values), act));
    if (here && can("SetPresence")) row(desk.present ? "set_absent" : "set_present", () => start("SetPresence", { member, present: !desk.present }));
    if (here && state.item !== null && !isRunning(phaseOf(state)) && can("SetRecusal")) {
      if (desk.recused) row("recusal_withdraw", () => start("SetRecusal", { member, item: state.item.item, recused: false }));
      else row("recusal_set", () => openRecusal(hall, desk), { item: state.item.item });
    }
    if (here && !isRunning(phaseOf(state)) && can("GiveFloor")) row("give_floor", () => floor(member));
    if (here && !desk.present && can("JustifyAbsence")) row(desk.justified === null ? "justify" : "justify_change", () => openExcuse(hall, desk));
    if (state.sitting.state === "open" && can("SetSeat")) row("set_seat", () => openSeat(hall, desk));
    if (can("MakeEnrolment")) row(expired() ? "enrol_again" : "enrol", () => start("MakeEnrolment", { desk_no: deskNo }, (made) => ((code = made), (before = desk), (said = ""), draw())));
    if (desk.enrolled && can("RevokeTerminals")) row(asked === "revoke" ? "confirm_revoke" : "revoke", revoke);
    return made;
  }

  const left = () => Date.parse(code.expires_at) - serverNow();
  const expired = () => code !== null && left() <= 0;

  function revoke() {
    if (asked === "revoke") start("RevokeTerminals", { desk_no: deskNo }, () => ((code = null), tell(say("revoked")))); // its code too
    asked = asked === null ? "revoke" : null;
    draw();
  }

  // An answer given aloud while the others press: keys of their own.
  function aloud(state, desk) {
    const phase = phaseOf(state);
    const voting = ["open", "called"].includes(phase) && desk.present && desk.member !== null && (!desk.recused || state.vote.exception);
    if (!voting || !hall.rights.has("EnterAnswers")) return null;
    const keys = answerKeys(state.vote).map(({ digit, answer, option, name }) =>
      button("choice answer", [element("kbd", "cap", digit), shape(option), name ?? optionWord(option)], () => give(desk.member, answer)),
    );
    return element("section", "aloud", element("h3", "field-label", say(desk.voted ? "aloud_again" : "aloud")), element("div", "choices is-answers", ...keys));
  }

  function give(member, answer) {
    const { n } = hall.state.vote;
    start("EnterAnswers", { vote_n: n, answers: { [member]: answer }, rest: null }, close);
  }

  // An answer may come after the dialog was closed, or while a form has taken its place.
  function draw() {
    whenFree(byId("dialog-body"), () => shows(follow) && paint(hall.state));
  }

  function paint(state) {
    const desk = find(state);
    if (desk === undefined) return close();
    if (code !== null && ((desk.enrolled && !before.enrolled) || (desk.linked && !before.linked))) {
      code = null; // it works once
      said = say("enrol_done");
    }
    clearTimeout(timer);
    if (code !== null && !expired()) timer = setTimeout(draw, Math.max(left(), 50)); // the clock may have been set meanwhile
    const buttons = () => [...byId("dialog-body").querySelectorAll("button")];
    const held = buttons().indexOf(document.activeElement);
    const body = [
      element("p", "dialog-who", desk.member === null ? say("cell_empty") : desk.name),
      element("p", "soft", words(desk, state)),
      aloud(state, desk),
      code === null || expired() ? null : enrolment(code, state.sitting.timezone),
      expired() ? note(say("enrol_expired", { time: timeOf(code.expires_at, state.sitting.timezone) })) : null,
      said ? note(said) : null,
      element("div", "dialog-acts is-column", ...rows(state, desk)),
      element("div", "dialog-acts", cancel("dialog_close")),
    ];
    open(say("dialog_desk", { no: deskNo }), body.filter((part) => part !== null), { follow, keys });
    buttons()[Math.max(0, Math.min(held, buttons().length - 1))].focus();
  }

  function keys(event) {
    const vote = hall.state.vote;
    const key = vote === null ? undefined : answerKeys(vote).find(({ digit }) => digit === digitOf(event.code));
    const desk = find(hall.state);
    if (key === undefined || desk === undefined || aloud(hall.state, desk) === null) return false;
    give(desk.member, key.answer);
    return true;
  }

  const about = (state) => JSON.stringify([find(state), state.sitting.state, phaseOf(state), state.item?.item]);
  let drawn = about(hall.state);
  function follow(state) {
    if (about(state) === drawn) return;
    drawn = about(state);
    draw();
  }
  paint(hall.state);
}

function note(text) {
  const made = element("p", "dialog-note", text);
  made.setAttribute("role", "status");
  return made;
}

function enrolment(made, zone) {
  const parts = [
    element("p", "", say("enrol_address")),
    element("p", "enrol-address", `${location.origin}/terminal`),
    element("p", "", say("enrol_code")),
    element("p", "enrol-code", made.code),
    element("p", "soft", say("enrol_until", { time: timeOf(made.expires_at, zone) })),
  ];
  const qr = made.rows.length ? drawQr(made.rows) : null;
  return element("div", "enrolment", element("div", "", ...parts), qr);
}

const SVG = "http://www.w3.org/2000/svg";

function drawQr(rows) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `-4 -4 ${rows.length + 8} ${rows.length + 8}`);
  svg.setAttribute("class", "enrol-qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", say("enrol_qr"));
  path.setAttribute("d", rows.flatMap((row, y) => [...row].map((bit, x) => (bit === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  return svg;
}

function words(desk, state) {
  const parts = [];
  if (desk.member !== null) parts.push(say(desk.present ? "cell_present" : "cell_away"));
  if (desk.recused) parts.push(say("cell_recused"));
  if (desk.justified !== null) parts.push(say("justified_as", { reason: desk.justified }));
  if (desk.usual !== null) parts.push(say("usual", { name: desk.usual }));
  if (!desk.enrolled && !desk.linked) parts.push(say("terminal_none"));
  else if (!desk.linked) parts.push(say("terminal_off"));
  else parts.push(desk.rtt_ms === null ? say("terminal_linked_plain") : say("terminal_linked", { ms: desk.rtt_ms }));
  if (desk.old_page) parts.push(say("cell_old_page"));
  return parts.join(" · ");
}

function openRecusal(hall, desk) {
  const { item } = hall.state;
  const reason = input("", { maxlength: 300 });
  const made = makeForm([element("p", "serif", bound(item.title)), field("reason", say("recusal_reason"), reason, say("recusal_note"))], say("recusal_do"), () => {
    const fields = { type: "SetRecusal", member: desk.member, item: item.item, recused: true, reason: reason.value.trim() || null };
    sendFrom(made, hall, "recusal", fields);
  });
  open(say("dialog_recusal", { name: desk.name, item: item.item }), [made.form]);
  made.submit.focus();
}

function openExcuse(hall, desk) {
  const reason = input(desk.justified ?? "", { maxlength: 300 });
  const send = (text) => sendFrom(made, hall, "justify", { type: "JustifyAbsence", member: desk.member, reason: text });
  const extra = desk.justified === null ? [] : [button("outlined", say("justify_take_back"), () => send(null))];
  const made = makeForm([field("reason", say("justify_reason"), reason)], say("justify_do"), () => {
    if (!reason.value.trim()) return made.errors({ reason: "reason_missing" });
    send(reason.value.trim());
  }, { extra });
  open(say("dialog_justify", { name: desk.name }), [made.form]);
  reason.focus();
}

/** Who sits at a desk from now on. Two who both have a desk change places. */
function openSeat(hall, desk) {
  const nobody = { member: null, family_name: say("seat_nobody"), given_name: "" };
  const deskOf = (member) => hall.state.desks.find((one) => one.member !== null && one.member === member)?.desk_no ?? null;
  const picker = makePicker({
    label: say("seat_who"),
    things: [...hall.choices.members.filter((one) => one.member !== desk.member), ...(desk.member === null ? [] : [nobody])],
    text: (one) => `${one.family_name} ${one.given_name}`,
    draw: (one) => {
      const no = deskOf(one.member);
      const word = desk.member === null ? "dialog_desk" : "seat_swap";
      return [element("span", "", `${one.family_name} ${one.given_name}`), element("span", "soft pick-end", no === null ? "" : say(word, { no }))];
    },
    take: (one) => {
      const from = deskOf(one.member);
      const swap = from !== null && desk.member !== null;
      send(desk.desk_no, one.member, swap ? () => send(from, desk.member, close) : close);
    },
  });
  const alert = element("p", "dialog-error");
  alert.setAttribute("role", "alert");

  function send(desk_no, member, done) {
    const refused = (text) => (alert.textContent = say("dialog_refused", { reason: asReason(text) }));
    const gone = () => (alert.textContent = say("dialog_gone"));
    hall.start("set_seat", { type: "SetSeat", desk_no, member }, { done, refused, gone });
  }

  open(say("dialog_seat", { no: desk.desk_no }), [picker.box, alert, element("div", "dialog-acts", cancel())]);
  picker.input.focus();
}
