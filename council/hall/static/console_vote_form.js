// The dialog of a vote that is not simply the next prepared one. What it asks and sends is in console_vote.js.

import { minutesOf } from "./clock.js";
import { button, close, field, input, makeForm, open, radios, select, sendFrom, textarea } from "./console_dialog.js";
import { digitOf } from "./console_entry.js";
import { blocked } from "./console_offers.js";
import { hasQuorum, phaseOf } from "./console_state.js";
import { KINDS, METHODS, asksFor, begin, check, withPreset } from "./console_vote.js";
import { element, setHidden, setText } from "./element.js";
import { bound, ofTexts, say } from "./words.js";

const PLAIN = ["ad_hoc"]; // acts whose form offers the profile's presets

/** hall: {state, choices, start, seconds}; act: which of the console's acts. `about`, `relation`: see `begin`. */
export function openVoteForm(hall, act, about = null, relation = null) {
  const { state, choices } = hall;
  let form = begin(act, { state, choices, seconds: hall.seconds }, about, relation);
  let guarded = blocked(state); // or the hall says so: somebody left meanwhile, or another item has the conflicts
  const parts = makeParts(hall, form, guarded);
  const presets = PLAIN.includes(act) ? choices.presets.slice(0, 9) : [];
  const rows = presets.map((preset, i) =>
    button("choice preset", [element("kbd", "cap", String(i + 1)), ofTexts(preset.text)], () => takePreset(preset)),
  );
  const lead = presets.length ? [element("div", "presets", ...rows)] : [];
  const made = makeForm([...lead, ...Object.values(parts).map(({ box }) => box)], say("open_vote"), () => {
    form = read(form, parts);
    const { errors, fields } = check(form, hall.state, guarded);
    if (errors) return made.errors(errors);
    sendFrom(made, hall, "open_vote", { type: "OpenVote", ...fields }, close, (code) => {
      if (code !== "no_quorum") return;
      guarded = true;
      refresh();
      parts.override.control.focus();
    });
  }, { className: "is-vote" });
  made.form.addEventListener("input", () => refresh());

  function refresh() {
    form = read(form, parts);
    for (const [name, { box }] of Object.entries(parts)) setHidden(box, name === "override" ? !guarded : !asksFor(form, name));
    rows.forEach((row, i) => row.setAttribute("aria-pressed", String(form.preset === presets[i].name && form.text === ofTexts(presets[i].text))));
  }

  function takePreset(preset) {
    form = withPreset(read(form, parts), preset, ofTexts(preset.text));
    parts.text.write(form.text);
    parts.rule.write(form.rule);
    parts.kind.write(form.kind);
    refresh();
    (guarded ? parts.override.control : made.submit).focus();
  }

  function keys(event) {
    if (event.target.closest("input, textarea, select")) return false;
    const preset = presets[Number(digitOf(event.code)) - 1];
    if (preset === undefined || event.shiftKey) return false;
    takePreset(preset);
    return true;
  }

  const title = relation === null ? say(`dialog_${act}`) : say(`dialog_${relation}`, { n: about.n });
  open(title, [made.form], { keys, wide: true });
  refresh();
  const first = { candidates: "candidates", change_text: "text", alternative: "text", reconsider: "reason" }[act];
  (rows[0] ?? parts[first]?.control ?? made.submit).focus();
}

// field -> {box, control, read(), write(value)}
function makeParts(hall, form, guarded) {
  const { state, choices } = hall;
  const plain = (name, control, note = null) => ({
    box: field(name, say(`vote_${name}`), control, note),
    control,
    read: () => control.value,
    write: (value) => (control.value = value),
  });
  const same = form.rule === "" ? [["", say("rule_same")]] : [];
  const rules = [...same, ...choices.rules.map((rule) => [rule.rule, `${bound(ofTexts(rule.text))} — ${ofTexts(rule.matters)}`])];
  const past = state.votes.filter((vote) => vote.state !== "voided" || vote.n === form.refers_to);
  const seconds = input(form.seconds, { inputmode: "numeric", maxlength: 5 });
  const group = (name, values) => {
    let value = form[name];
    const words = values.map((one) => [one, say(`${name}_${one}`)]);
    return { box: radios(name, say(`vote_${name}`), words, value, (one) => (value = one)), read: () => value, write: () => {} };
  };
  const parts = {
    text: plain("text", textarea(form.text, 2), form.kind === "block" ? say("block_note") : null),
    candidates: plain("candidates", textarea(form.candidates, 4), say("candidates_note")),
    items: itemsPart(state, form),
    refers_to: plain("refers_to", select([["", say("refers_none")], ...past.map((vote) => [String(vote.n), `${say("numbered", { n: vote.n })}. ${bound(vote.title)}`])], String(form.refers_to ?? ""))),
    reason: plain("reason", input(form.reason, { maxlength: 300 })),
    rule: plain("rule", select(rules, form.rule)),
    kind: plain("kind", select(KINDS.map((kind) => [kind, say(`kind_${kind}`)]), form.kind)),
    seconds: plain("seconds", seconds, say("seconds_note")),
    method: group("method", METHODS),
    order: group("order", ["seating", "alphabet"]),
  };
  const readNumber = parts.refers_to.read;
  parts.refers_to.read = () => Number(readNumber()) || null;
  const missing = () => (hasQuorum(state) ? ofTexts(state.guard.text) : say("override_no_quorum", { present: state.present, quorum: state.quorum }));
  parts.override = plain("override", input("", { maxlength: 300 }), guarded ? missing() : say("override_note"));
  return parts;
}

function itemsPart(state, form) {
  const first = (item) => (form.items.includes(item.item) ? 0 : 1);
  const boxes = state.agenda
    .filter((item) => item.state !== "withdrawn")
    .sort((one, other) => first(one) - first(other))
    .map((item) => {
      const box = element("input");
      Object.assign(box, { type: "checkbox", name: "items", value: item.item, checked: form.items.includes(item.item) });
      if (item.item === state.item?.item) box.disabled = true; // the vote is on it anyway
      return [box, element("label", "radio", box, element("b", "", item.item), element("span", "serif", bound(item.title)))];
    });
  const error = element("p", "field-error");
  const list = element("div", "checks", ...boxes.map(([, label]) => label));
  const box = element("fieldset", "radios", element("legend", "field-label", say("vote_items")), list, error);
  box.dataset.field = "items";
  return { box, read: () => boxes.filter(([one]) => one.checked).map(([one]) => one.value), write: () => {} };
}

const read = (form, parts) => ({ ...form, ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.read()])) });

/** The prepared vote (or its repetition) is opened although the guard forbids it: that wants a reason. */
export function openOverride(hall, act) {
  const { state } = hall;
  const reason = input("", { maxlength: 300 });
  const why = element("p", "dialog-note", ofTexts(state.guard.text));
  why.setAttribute("role", "status");
  const made = makeForm([why, field("override", say("vote_override"), reason, say("override_note"))], say("override_do"), () => {
    if (!reason.value.trim()) return made.errors({ override: "reason_missing" });
    const repeated = act === "repeat_vote" ? { relation: "repeat", refers_to: state.vote.n } : {};
    const fields = { type: "OpenVote", vote_n: state.next_vote_n, seconds: hall.nextSeconds, ...repeated, override: reason.value.trim() };
    sendFrom(made, hall, act, fields);
  });
  const follow = (now) => (blocked(now) && phaseOf(now) === phaseOf(state) ? setText(why, ofTexts(now.guard.text)) : close());
  open(say(hasQuorum(state) ? "open_anyway" : "open_without_quorum"), [made.form], { follow });
  reason.focus();
}

/** The time of the next vote: choose(seconds | null). */
export function openTime(now, times, choose) {
  const option = (seconds, i) => {
    const word = seconds === null ? say("no_limit") : minutesOf(seconds * 1000);
    const made = button("choice", [element("kbd", "cap", String(i + 1)), word], () => choose(seconds));
    made.setAttribute("aria-pressed", String(seconds === now));
    return made;
  };
  const choices = [...times, null];
  const control = input(now !== null && !times.includes(now) ? String(now) : "", { inputmode: "numeric", maxlength: 5 });
  const made = makeForm([field("seconds", say("time_seconds"), control)], say("time_set"), () => {
    const seconds = Number(control.value);
    if (Number.isInteger(seconds) && seconds >= 5 && seconds <= 86_400) choose(seconds);
    else made.errors({ seconds: "time_bad" });
  });
  const rows = element("div", "choices", ...choices.map(option));
  const keys = (event) => {
    const at = event.target === control ? -1 : Number(digitOf(event.code)) - 1;
    if (!(at in choices)) return false;
    choose(choices[at]);
    return true;
  };
  open(say("dialog_time"), [rows, made.form], { keys });
  (rows.querySelector('[aria-pressed="true"]') ?? rows.firstChild).focus();
}
