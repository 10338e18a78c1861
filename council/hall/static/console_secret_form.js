// The dialog of a secret ballot: its legal ground, the figures of the counting commission's protocol, and its scan. No
// name of a voter can be entered. What adds up is decided in console_secret.js.

import { close, field, input, makeForm, open, select, sendFrom, textarea } from "./console_dialog.js";
import { balance, check } from "./console_secret.js";
import { CANDIDATES_AT_MOST, lines } from "./console_vote.js";
import { byId, element, setHidden, setNodes } from "./element.js";
import { bound, ofTexts, say } from "./words.js";

const FIGURES = ["issued", "found", "invalid", "votes_for", "votes_against", "votes_abstain"];
const TYPES = ".pdf,.png,.jpg,.jpeg,application/pdf,image/png,image/jpeg";

/** `about`: the void vote that is repeated, secret or by name; what was put is the same, the figures are read anew. */
export function openSecret(hall, about = null) {
  const { state, choices } = hall;
  const text = textarea(about?.title ?? state.next_motion ?? "", 2);
  const ground = select([["", say("ground_choose")], ...choices.grounds.map((one) => [one.ground, bound(ofTexts(one.text))])], about?.ballot?.ground ?? "");
  const rule = select(choices.rules.map((one) => [one.rule, bound(ofTexts(one.text))]), about?.rule ?? state.next_rule ?? choices.default_rule);
  const names = textarea(about?.candidates.join("\n") ?? "", 2);
  const figures = Object.fromEntries(FIGURES.map((name) => [name, input("", { inputmode: "numeric", maxlength: 6 })]));
  const boxes = Object.fromEntries(FIGURES.map((name) => [name, field(name, say(`secret_${name}`), figures[name])]));
  const counts = element("div", "figures");
  const sum = element("p", "sum");
  sum.setAttribute("role", "status");
  const scan = element("input", "input");
  Object.assign(scan, { type: "file", accept: TYPES });
  const scanned = element("p", "field-note");
  let scanDone = null; // {name, sha256, bytes}
  let countInputs = [];

  const candidates = () => lines(names.value).slice(0, CANDIDATES_AT_MOST);
  const form = () => ({
    text: text.value,
    ground: ground.value,
    rule: rule.value,
    figures: Object.fromEntries(FIGURES.map((name) => [name, figures[name].value])),
    counts: countInputs.map((one) => one.value),
  });

  const scanBox = field("document", say("secret_document"), scan, say("secret_document_note"));
  scanBox.append(scanned);
  const grid = element("div", "figures", ...FIGURES.map((name) => boxes[name]));
  const parts = [
    field("ground", say("secret_ground"), ground),
    field("text", say("vote_text"), text),
    field("rule", say("vote_rule"), rule),
    field("candidates", say("secret_candidates"), names, say("secret_candidates_note")),
    grid,
    counts,
    sum,
    scanBox,
  ];
  const made = makeForm(parts, say("secret_do"), () => {
    const { errors, fields } = check(form(), candidates(), scanDone, hall.state.next_vote_n);
    if (errors) return made.errors(errors);
    sendFrom(made, hall, "secret_vote", { type: "RecordSecretVote", ...fields, repeats: about?.n ?? null }, () => {
      close();
      hall.tell("secret_recorded");
    });
  }, { className: "is-vote" });

  // Figures for each candidate, kept while the names are edited.
  function showCounts() {
    const kept = countInputs.map((one) => one.value);
    setNodes(counts, candidates().join("\n"), () => {
      countInputs = candidates().map((_, i) => input(kept[i] ?? "", { inputmode: "numeric", maxlength: 6 }));
      return candidates().map((name, i) => field(`count_${i}`, name, countInputs[i]));
    });
    setHidden(boxes.votes_for, candidates().length > 0);
  }

  function showSum() {
    const found = balance(form(), candidates());
    sum.classList.toggle("is-wrong", found !== null && found.short !== 0);
    if (found === null) sum.textContent = say("sum_missing");
    else if (found.short === 0) sum.textContent = say("sum_right", { n: found.valid });
    else sum.textContent = say(found.short > 0 ? "sum_short" : "sum_over", { valid: found.valid, spread: found.spread, n: Math.abs(found.short) });
  }

  async function upload() {
    scanDone = null;
    made.errors({});
    const file = scan.files[0];
    if (file === undefined) return (scanned.textContent = "");
    scanned.textContent = say("scan_sending", { name: file.name });
    const body = new FormData();
    body.append("csrf", byId("csrf").value);
    body.append("sitting", hall.state.sitting.sitting);
    body.append("file", file);
    let answer;
    try {
      const response = await fetch("/console/documents", { method: "POST", body, headers: { accept: "application/json" } });
      answer = await response.json();
    } catch {
      answer = { error: { message: say("scan_lost") } };
    }
    if (scan.files[0] !== file) return; // another one has been chosen meanwhile
    if (answer.error) {
      scanned.textContent = "";
      scan.value = "";
      scanBox.querySelector(".field-error").textContent = answer.error.message;
      return;
    }
    scanDone = answer;
    scanned.textContent = say("scan_kept", { name: answer.name, hash: answer.sha256.slice(0, 12) });
  }

  scan.addEventListener("change", upload);
  made.form.addEventListener("input", () => {
    showCounts();
    showSum();
  });
  open(about === null ? say("secret_vote") : say("secret_again", { n: about.n }), [made.form], { wide: true });
  showCounts();
  showSum();
  (ground.value ? figures.issued : ground).focus();
}
