// Parts of the seat terminal's screen that are there at times: what is asked, signing in, a framed panel, the result and
// its receipt. None of their controls lies where a voting key lies.

import { drawCode } from "./code.js";
import { byId, element, setAttribute, setButtons, setHidden, setNodes, setText } from "./element.js";
import { fitLine } from "./fit.js";
import { OPTIONS, numbered, shape } from "./shapes.js";
import { receiptCode } from "./terminal_receipt.js";
import { nameOf, sentence } from "./terminal_words.js";
import { bound, inTwo, ofTexts, optionWord, say } from "./words.js";

/** The question in the lamp's place, with its answers as keys. */
export function drawMenu(box, menu, words, input) {
  setHidden(box, menu === null);
  setButtons(box, menu === null ? "" : JSON.stringify(menu), () => {
    if (menu === null) return [];
    const answers = menu.answers.map(({ control, cap, word }) => {
      const button = element("button", "answer", element("span", "cap", cap), element("span", "", say(word)));
      button.type = "button";
      button.addEventListener("click", () => input({ type: "Do", control }));
      return button;
    });
    return [element("p", "menu-ask", sentence(menu.ask, words)), element("div", "answers", ...answers)];
  });
}

// --- signing in ----------------------------------------------------------------------------------------------------

/** The keys for a number, by touch. */
export function makePad(happen) {
  const keys = [..."123456789"].map((digit) => padKey(digit, digit, () => happen({ type: "Digit", digit })));
  const erase = padKey("⌫", say("erase"), () => happen({ type: "Do", control: "Backspace" }));
  const zero = padKey("0", "0", () => happen({ type: "Digit", digit: "0" }));
  const enter = padKey("↵", say("sit"), () => happen({ type: "Do", control: "Enter" }));
  byId("pad").append(...keys, erase, zero, enter);
  byId("who").addEventListener("change", (event) => happen({ type: "Person", member: event.target.value || null }));
}

function padKey(text, label, press) {
  const button = element("button", "pad-key", text);
  button.type = "button";
  setAttribute(button, "aria-label", label);
  button.addEventListener("click", press);
  return button;
}

export function drawSeat(seat) {
  setHidden(byId("seat-panel"), seat === null);
  if (seat === null) return;
  setText(byId("seat-head"), say(`${seat.by}_head`));
  setText(byId("typed"), "●".repeat(seat.typed));
  setAttribute(byId("typed"), "aria-label", say("typed", { n: seat.typed }));
  for (const button of byId("pad").children) button.disabled = seat.dead;
  setHidden(byId("who-box"), seat.members.length === 0);
  const full = (one) => [one.family_name, one.given_name, one.patronymic].filter(Boolean).join(" ");
  const known = seat.usual === null ? [["", say("choose_name")]] : [];
  const choices = [...known, ...seat.members.map((one) => [one.member, full(one)])];
  const renewed = setNodes(byId("who"), JSON.stringify(choices), () => choices.map(([value, text]) => new Option(text, value)));
  const chosen = seat.chosen ?? "";
  if (renewed || byId("who").value !== chosen) byId("who").value = chosen;
}

// --- a framed panel ------------------------------------------------------------------------------------------------

export function drawPanel(box, panel, words) {
  setHidden(box, panel === null);
  setNodes(box, panel === null ? "" : JSON.stringify(panel), () => {
    if (panel === null) return [];
    const text = element("div", "panel-words", element("h2", "panel-head", sentence(panel.head, words)));
    if (panel.why) {
      const { since, source } = panel.why;
      text.append(element("p", "panel-why", [since && sentence(since, words), bound(ofTexts(source))].filter(Boolean).join(" · ")));
    }
    text.append(element("p", "panel-text", sentence(panel.text, words)), element("p", "panel-soft", sentence(panel.soft, words)));
    return [shape(panel.mark), text];
  });
}

// --- the result ----------------------------------------------------------------------------------------------------

const told = (sentenceOrTexts, words) =>
  "texts" in sentenceOrTexts ? ofTexts(sentenceOrTexts.texts) : sentence(sentenceOrTexts.say, words);

/** The result and the member's own vote in one sentence, for who listens. */
export function outcomeAloud({ verdict, own }, words) {
  const said = told(verdict, words);
  return own === null ? said : say("spoken_outcome", { verdict: said, option: nameOf(own, words) });
}

export function drawOutcome({ verdict, reason, undecided, void: isVoid, own, tally, counts }, words) {
  setText(byId("verdict"), told(verdict, words));
  byId("verdict").classList.toggle("is-undecided", undecided);
  const [first, rest] = inTwo(told(reason, words));
  setNodes(byId("reason"), first + rest, () => [bound(first), element("span", "soft", rest && bound(` — ${rest}`))]);
  const note = own === null ? "" : sentence(own.note, words);
  setHidden(byId("own"), own === null);
  byId("own").className = own === null ? "own" : isVoid ? "own is-void" : `own option-${own.option}`;
  const renewed = setNodes(byId("own"), own === null ? "" : JSON.stringify([own, note]), () => (own === null ? [] : ownVote(own, note, words)));
  if (renewed) fitOwn();
  setNodes(byId("tally"), tally === null ? "" : JSON.stringify([tally, counts]), () =>
    tally === null ? [] : [...countLines(counts, words), ...tallyLines(tally, counts.length > 0)],
  );
}

/** The longest word of a candidate's name stands inside the frame of the own vote. */
export function fitOwn() {
  const name = byId("own").querySelector(".own-option");
  if (name !== null) fitLine(name, 0.5);
}

function ownVote(own, note, words) {
  const lines = element("div", "own-words", element("p", "own-head", say("your_vote")));
  lines.append(element("p", "own-option", nameOf(own, words)), element("p", "own-note", note));
  return [shape(own.option), lines];
}

function countLines(counts, words) {
  return counts.map(({ candidate, votes, chosen }) => {
    const name = element("span", "", nameOf({ option: "for", candidate }, words));
    const line = element("li", chosen ? "is-chosen" : "", numbered(candidate), element("b", "", String(votes)), name);
    if (chosen) line.append(element("span", "unseen", `, ${say("chosen")}`));
    return line;
  });
}

// The counts of candidates stand for the options they are made of.
function tallyLines(tally, ofCandidates) {
  const shown = OPTIONS.filter((option, i) => option in tally && (tally[option] > 0 || i < 4) && !(ofCandidates && i < 2));
  return shown.map((option) =>
    element("li", "", shape(option), element("b", "", String(tally[option])), element("span", "", optionWord(option))),
  );
}

// --- the receipt ---------------------------------------------------------------------------------------------------

let shownReceipt = null; // whose QR was asked for

/** What can be kept of a recorded press: said, and as a QR when the hall has drawn it. */
export function drawReceipt(box, receipt) {
  setHidden(box, receipt === null);
  if (receipt === shownReceipt) return;
  shownReceipt = receipt;
  box.replaceChildren();
  if (receipt === null) return;
  const short = receipt.receipt.slice(0, 16);
  const text = element("div", "receipt-words", element("p", "receipt-head", say("receipt_kept")));
  text.append(element("p", "receipt-note", say("receipt_note")), element("p", "receipt-short", `${short}…`));
  box.append(text);
  receiptCode(receipt).then(
    (rows) => shownReceipt === receipt && box.prepend(drawCode(rows, say("receipt_qr"))),
    () => {}, // the file is kept all the same
  );
}
