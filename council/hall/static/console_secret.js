// The totals of a secret ballot as the counting commission's protocol gives them, and whether they add up. Pure.

const FIGURES = ["issued", "found", "invalid", "votes_for", "votes_against", "votes_abstain"];

/** Whole number >= 0 of what was typed, or null. */
export const figure = (text) => (/^\d{1,6}$/.test(text.trim()) ? Number(text) : null);

/** What the figures that are there say: {valid, spread, short}: ballots that are valid, how many are shared out, and
    how many are missing (negative: too many); null while a figure is missing. */
export function balance({ figures, counts }, names) {
  const of = (name) => figure(figures[name] ?? "");
  if (of("found") === null || of("invalid") === null) return null;
  const valid = of("found") - of("invalid");
  const shared = names.length ? [...counts.slice(0, names.length).map(figure), of("votes_against"), of("votes_abstain")] : [of("votes_for"), of("votes_against"), of("votes_abstain")];
  if (shared.includes(null)) return null;
  const spread = shared.reduce((sum, one) => sum + one, 0);
  return { valid, spread, short: valid - spread };
}

/** {errors: {field: word}} or {fields} of RecordSecretVote. `names`: candidates, if there are any. `document`: what the
    hall answered to the scan's upload, or null. */
export function check(form, names, document, voteN) {
  const errors = {};
  const text = form.text.trim().replace(/\s+/g, " ");
  if (!text) errors.text = "text_missing";
  if (!form.ground) errors.ground = "ground_missing";
  if (names.length === 1) errors.candidates = "candidates_few";
  const asked = FIGURES.filter((name) => !(names.length && name === "votes_for"));
  for (const name of asked) if (figure(form.figures[name] ?? "") === null) errors[name] = "figure_bad";
  names.forEach((_, i) => figure(form.counts[i] ?? "") === null && (errors[`count_${i}`] = "figure_bad"));
  const of = (name) => figure(form.figures[name] ?? "");
  if (!errors.issued && !errors.found && of("found") > of("issued")) errors.found = "found_more";
  const sum = balance(form, names);
  if (sum !== null && sum.short !== 0) errors.sum = "sum_wrong";
  if (document === null) errors.document = "document_missing";
  if (Object.keys(errors).length) return { errors };
  const counts = names.map((_, i) => figure(form.counts[i]));
  return {
    fields: {
      vote_n: voteN,
      motion: text,
      rule: form.rule,
      ground: form.ground,
      ...Object.fromEntries(FIGURES.map((name) => [name, name === "votes_for" && names.length ? counts.reduce((a, b) => a + b, 0) : of(name)])),
      candidates: names,
      counts,
      protocol_name: document.name,
      protocol_sha256: document.sha256,
      protocol_bytes: document.bytes,
    },
  };
}
