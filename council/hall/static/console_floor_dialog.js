// The floor's dialog: who speaks next out of turn, a raised hand for the queue, a guest by name.

import { minutesOf } from "./clock.js";
import { button, cancel, close, field, input, makeForm, open, radios, sendFrom } from "./console_dialog.js";
import { digitOf } from "./console_entry.js";
import { makePicker } from "./console_pick.js";
import { element } from "./element.js";
import { serverNow } from "./socket.js";
import { ofTexts, say } from "./words.js";

const whole = (one) => `${one.family_name} ${one.given_name}`;

/** Who gets the floor: one of the queue, a member, or a guest whose name is typed. */
export function openFloor(hall) {
  const things = ({ floor }) => [
    ...(floor?.queue ?? []).map((request, i) => ({ request, place: i + 1, text: request.name })),
    ...hall.choices.members.map((member) => ({ member, text: whole(member) })),
  ];
  const picker = makePicker({
    label: say("floor_who"),
    things: things(hall.state),
    text: (thing) => thing.text,
    draw: (thing) => [element("span", "", thing.text), element("span", "soft pick-end", note(hall, thing))],
    extra: (typed) => (typed.length > 1 && hall.rights.has("GiveFloor") ? [{ guest: typed, text: say("floor_guest", { name: typed }) }] : []),
    take: (thing) => openSpeech(hall, thing),
  });
  const follow = (state) => {
    const key = JSON.stringify(state.floor?.queue ?? []);
    if (key !== drawn) picker.renew(things(state));
    drawn = key;
  };
  let drawn = JSON.stringify(hall.state.floor?.queue ?? []);
  open(say("dialog_floor"), [picker.box, ...budgets(hall.state), element("div", "dialog-acts", cancel())], { wide: true, follow });
  picker.input.focus();
}

function note(hall, { request, place, member }) {
  if (request !== undefined) return say("floor_place", { n: place, kind: kindWord(hall, request.floor) });
  return member === undefined ? "" : (member.faction ?? "");
}

export const kindWord = (hall, kind) => {
  const known = hall.choices?.floor_kinds.find((one) => one.floor === kind);
  return known === undefined ? "" : ofTexts(known.text);
};

/** Straight to one member, from the desk's dialog. */
export function openFloorFor(hall, memberId) {
  const member = hall.choices.members.find((one) => one.member === memberId);
  if (member !== undefined) openSpeech(hall, { member, text: whole(member) });
}

function openSpeech(hall, { request, member, guest, text }) {
  const kinds = hall.choices.floor_kinds;
  let kind = request?.floor ?? (guest === undefined ? kinds.find((one) => one.floor === "speech") : kinds.at(-1))?.floor ?? "speech";
  const seconds = input("", { inputmode: "numeric", maxlength: 5 });
  const left = leftMs(hall.state, (request ?? member)?.faction ?? null);
  const usedUp = request?.seconds === 0 || left < 1000; // the faction's time: the chair may allow some all the same
  const usual = () => request?.seconds ?? kinds.find((one) => one.floor === kind)?.seconds;
  const limit = () => (usedUp || usual() === undefined ? null : Math.min(usual(), Math.floor(left / 1000)));
  const words = kinds.map((one, i) => [
    one.floor,
    [element("kbd", "cap", String(i + 1)), ofTexts(one.text), element("span", "soft", minutesOf(one.seconds * 1000))],
  ]);
  const choice = radios("floor", say("floor_kind"), words, kind, (one) => {
    kind = one;
    seconds.value = String(limit() ?? "");
  });
  seconds.value = String(limit() ?? "");
  const add = [];
  if (member !== undefined && hall.rights.has("AskFloorFor")) {
    add.push(button("outlined", say("floor_add"), () => sendFrom(made, hall, "ask_floor", { type: "AskFloorFor", member: member.member, floor: kind })));
  }
  if (request !== undefined && hall.rights.has("WithdrawRequest")) {
    add.push(button("outlined", say("floor_remove"), () => sendFrom(made, hall, "withdraw_floor", { type: "WithdrawRequest", request: request.request })));
  }
  const asked = () => element("p", "soft", kindWord(hall, kind)); // what was asked for is what is given
  const less = left < kinds.find((one) => one.floor === kind)?.seconds * 1000 ? say("floor_left_note", { time: minutesOf(Math.floor(left / 1000) * 1000) }) : null;
  const made = makeForm([request === undefined ? choice : asked(), field("seconds", say("floor_seconds"), seconds, usedUp ? say("floor_used_note") : less)], say("floor_give"), () => {
    const given = seconds.value.trim() === "" ? null : Number(seconds.value);
    if (given === null ? usedUp : !(Number.isInteger(given) && given >= 1 && given <= 86_400)) return made.errors({ seconds: "time_bad" });
    const who = request !== undefined ? { request: request.request } : member !== undefined ? { member: member.member } : { speaker: guest };
    const fields = { type: "GiveFloor", speech: hall.state.floor.next_speech, ...who, floor: kind, seconds: given };
    sendFrom(made, hall, "give_floor", fields, close);
  }, { extra: add });
  const keys = (event) => {
    const radio = request !== undefined || event.target === seconds ? undefined : choice.querySelectorAll("input")[Number(digitOf(event.code)) - 1];
    if (radio === undefined) return false;
    radio.click();
    made.submit.focus();
    return true;
  };
  open(guest ?? text, [made.form], { keys });
  (usedUp ? seconds : made.submit).focus();
}

/** Milliseconds, by now: whoever speaks uses up time of theirs. Without a budget there is no end. */
function leftMs(state, faction) {
  const budget = state.floor?.budgets.find((one) => one.faction === faction);
  if (budget === undefined) return Infinity;
  const { speech } = state.floor;
  const since = speech !== null && !speech.paused && speech.faction === faction ? serverNow() - Date.parse(state.server_time) : 0;
  return budget.seconds * 1000 - budget.used_ms - Math.max(0, since);
}

/** What each faction has left, where the profile gives a budget. */
function budgets(state) {
  const all = state.floor?.budgets ?? [];
  if (all.length === 0) return [];
  const lines = all.map(({ faction }) => {
    const left = leftMs(state, faction);
    const time = left < 0 ? `−${minutesOf(-left)}` : minutesOf(left);
    return element("li", left <= 0 ? "is-used" : "", element("span", "", faction), element("b", "", time));
  });
  return [element("section", "budgets", element("h3", "field-label", say("floor_budgets")), element("ul", "", ...lines))];
}
