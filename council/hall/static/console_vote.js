// The form of a vote that is not simply the next prepared one: ad hoc, on candidates, in a block, called, entered by
// hand, repeated, reconsidered. Values in, values out.

export const KINDS = ["motion", "procedural", "amendment", "as_amended", "alternative", "candidates", "block"];
export const METHODS = ["terminal", "called", "entered"];
export const LEAST_S = 5;
export const MOST_S = 86_400;
export const CANDIDATES_AT_MOST = 8; // each has a key on the terminal

const KIND_OF = { ad_hoc: "procedural", candidates: "candidates", block_vote: "block", alternative: "alternative", as_amended: "as_amended" };
const METHOD_OF = { call_roll: "called", enter_by_hand: "entered" };
const FREE = ["ad_hoc", "change_text", "call_roll", "enter_by_hand"]; // any kind of vote; the others are of one
const REFERRING = ["as_amended", "alternative", "repeat", "reconsideration"];

/** The form as an act opens it. `about`: the past vote that is repeated or reconsidered. `relation`: which of the two.
    `prepared`: the text that the hall takes by itself if it is left as it is. */
export function begin(act, { state, choices, seconds }, about = null, relation = null) {
  const prepared = about !== null ? about.title : ["call_roll", "enter_by_hand", "change_text"].includes(act) ? state.next_motion : null;
  const method = METHOD_OF[act] ?? "terminal";
  const limit = about !== null ? about.seconds : seconds;
  const kind = KIND_OF[act] ?? "motion";
  return {
    act,
    kind,
    text: prepared ?? (["as_amended", "candidates"].includes(kind) ? (state.next_motion ?? state.item?.title ?? "") : ""),
    prepared,
    rule: about !== null ? "" : ((prepared === null ? null : state.next_rule) ?? choices.default_rule), // "": as before
    preparedRule: about !== null ? "" : (state.next_rule ?? choices.default_rule),
    seconds: method === "terminal" && limit !== null ? String(limit) : "",
    method,
    order: "seating",
    candidates: "",
    items: kind === "block" ? [...new Set([...(state.item ? [state.item.item] : []), ...state.consent])] : [],
    relation: relation ?? (kind === "as_amended" ? "as_amended" : null),
    refers_to: about?.n ?? (kind === "as_amended" ? (amended(state)[0]?.n ?? null) : null),
    reason: "",
    override: "",
  };
}

/** The votes that a motion as amended may refer to: announced, on this item, the latest first. */
const amended = (state) => state.votes.filter((vote) => vote.state === "announced" && vote.item === state.item?.item);

/** The form with a preset of the profile in it. */
export const withPreset = (form, preset, text) => ({ ...form, text, rule: preset.rule, kind: preset.subject, preset: preset.name });

/** Does the form ask this? */
export const asksFor = (form, field) =>
  ({
    candidates: form.kind === "candidates",
    items: form.kind === "block",
    kind: FREE.includes(form.act),
    refers_to: form.act === "as_amended" || form.kind === "alternative",
    reason: form.relation === "reconsideration" || form.relation === "repeat",
    order: form.method === "called",
  })[field] ?? true;

export const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** {errors: {field: word}} or {fields} of the OpenVote to send. `blocked`: an override is asked for. */
export function check(form, state, blocked) {
  const errors = {};
  const text = form.text.trim().replace(/\s+/g, " ");
  if (!text && form.kind !== "block") errors.text = "text_missing"; // of a block the hall says its items
  else if (text.length > 4000) errors.text = "text_long";
  const seconds = form.seconds.trim() === "" ? null : Number(form.seconds);
  if (seconds !== null && !(Number.isInteger(seconds) && seconds >= LEAST_S && seconds <= MOST_S)) errors.seconds = "time_bad";
  const names = lines(form.candidates);
  if (form.kind === "candidates") {
    if (names.length < 2) errors.candidates = "candidates_few";
    else if (names.length > CANDIDATES_AT_MOST) errors.candidates = "candidates_many";
    else if (new Set(names).size < names.length) errors.candidates = "candidates_same";
  }
  const others = form.items.filter((item) => item !== state.item?.item);
  if (form.kind === "block" && others.length === 0) errors.items = "items_few";
  if (asksFor(form, "reason") && form.relation === "reconsideration" && !form.reason.trim()) errors.reason = "reason_missing";
  if (REFERRING.includes(form.relation) && form.refers_to === null) errors.refers_to = "refers_missing";
  if (blocked && !form.override.trim()) errors.override = "reason_missing";
  if (Object.keys(errors).length) return { errors };
  return { fields: fieldsOf(form, state, { text, seconds, names, others, blocked }) };
}

function fieldsOf(form, state, { text, seconds, names, others, blocked }) {
  const asIs = form.prepared !== null && text === form.prepared.trim().replace(/\s+/g, " ") && form.rule === form.preparedRule && form.kind === "motion";
  const fields = { vote_n: state.next_vote_n, seconds, method: form.method };
  if (form.method === "called") fields.order = form.order;
  if (!asIs) {
    if (text) fields.motion = text;
    if (form.rule) fields.rule = form.rule;
    if (form.prepared === null || form.kind !== "motion") fields.subject = form.kind;
  }
  if (form.kind === "candidates") fields.candidates = names;
  if (form.kind === "block") fields.also_items = others;
  const relation = form.kind === "alternative" && form.refers_to !== null ? "alternative" : form.relation;
  if (relation !== null) Object.assign(fields, { relation, refers_to: form.refers_to });
  if (asksFor(form, "reason") && form.reason.trim()) fields.reason = form.reason.trim();
  if (blocked) fields.override = form.override.trim();
  return fields;
}
