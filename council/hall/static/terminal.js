// The seat terminal's page: keys and messages into terminal_state.js, its view onto the screen.

import { minutesOf, timeOf } from "./clock.js";
import { byId, element, setAttribute, setHidden, setNodes, setText } from "./element.js";
import { fitTitle, keepTitleFitted } from "./fit.js";
import { OPTIONS, shape } from "./shapes.js";
import { REPLACED, connect, randomId } from "./socket.js";
import { showStrip } from "./strip.js";
import { begin, openVote, step, CHORD_MS } from "./terminal_state.js";
import { view } from "./terminal_view.js";
import { asReason, bound, inTwo, lang, ofTexts, optionWord, page, rich, say } from "./words.js";

const OPTION_OF_CODE = { Digit1: "for", Numpad1: "for", Digit2: "against", Numpad2: "against", Digit3: "abstain", Numpad3: "abstain" };
const ARRIVE_CODES = ["Digit7", "Numpad7"];

let state = begin(randomId());

const socket = connect({
  url: page.ws,
  build: page.build,
  lang,
  boot: state.boot,
  onMessage: (message) => happen(message),
  onLink: (link, code) => happen({ type: "Link", link: code === REPLACED ? "replaced" : link }),
  mayReload: () => openVote(state) === null,
});

function happen(event) {
  const result = step(state, { ...event, at: performance.now() });
  state = result.state;
  for (const message of result.send) socket.send(message);
  if (result.buzz !== null) navigator.vibrate?.(result.buzz);
  if (event.type === "Key") setTimeout(() => happen({ type: "Tick" }), CHORD_MS + 1);
  show();
}

// --- input ---------------------------------------------------------------------------------------------------------

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const option = OPTION_OF_CODE[event.code];
  if (option !== undefined) {
    event.preventDefault();
    if (!event.repeat) happen({ type: "Key", option });
  } else if (ARRIVE_CODES.includes(event.code) && !event.repeat) {
    event.preventDefault();
    happen({ type: "Arrive" });
  } else if (event.repeat && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault(); // a held Enter on a key is one press
  }
});

byId("arrive").addEventListener("click", () => happen({ type: "Arrive" }));

const keys = Object.fromEntries(["for", "against", "abstain"].map((option, i) => [option, makeKey(option, i + 1)]));

function makeKey(option, number) {
  const tag = element("span", "key-tag");
  const word = element("span", "key-word");
  const button = element("button", `key option-${option}`, element("span", "cap", String(number)), tag, shape(option), word);
  button.type = "button";
  button.addEventListener("click", () => happen({ type: "Key", option }));
  byId("keys").append(button);
  return { button, tag, word };
}

// --- the screen ----------------------------------------------------------------------------------------------------

const zone = () => state.chamber?.sitting.timezone;
const gender = () => state.member?.gender ?? null;

// A sentence of the view in words: options and moments in its values become what people call them.
function sentence([word, values = {}]) {
  const filled = { ...values };
  for (const name of ["option", "final"]) if (name in values) filled[name] = optionWord(values[name], gender());
  if ("time" in values) filled.time = timeOf(values.time, zone());
  if ("reason" in values) filled.reason = asReason(values.reason);
  return say(word, filled);
}

function show() {
  const now = socket.now();
  const seen = view(state, now);
  showIdentity(seen, now);
  showMotion(seen);
  showCountdown(seen.countdown);
  setHidden(byId("arrive"), seen.arrive === null);
  if (seen.arrive !== null) {
    setText(byId("arrive-word"), say(seen.arrive.busy ? "arriving" : "arrive"));
    byId("arrive").disabled = seen.arrive.dead;
    setAttribute(byId("arrive"), "aria-busy", seen.arrive.busy ? "true" : null);
  }
  showLamp(seen);
  setHidden(byId("keys"), seen.keys === null);
  seen.keys?.forEach(showKey);
  setHidden(byId("outcome"), seen.outcome === null);
  if (seen.outcome !== null) showOutcome(seen.outcome);
}

function showIdentity(seen, now) {
  const { member, deskNo, chamber } = state;
  if (chamber !== null) showStrip(byId("strip"), chamber.sitting, chamber.vote);
  setText(byId("desk-no"), deskNo === null ? "" : String(deskNo));
  const names = member === null ? [] : [member.family_name, member.given_name, member.patronymic];
  setText(byId("name"), names.filter(Boolean).join(" "));
  const seat = deskNo === null ? "" : say("desk", { no: deskNo });
  setText(byId("seat"), [seat, member?.faction].filter(Boolean).join(" · "));
  byId("link").className = `link is-${seen.link}`;
  setText(byId("link-word"), say(`link_${seen.link}`));
  setText(byId("clock"), timeOf(now, zone()));
}

function showMotion(seen) {
  setHidden(byId("live-dot"), !seen.liveDot);
  setText(byId("kicker"), seen.kicker === null ? "" : sentence(seen.kicker));
  const title = byId("title");
  const changed = setText(title, seen.title === null ? "" : bound(seen.title.text));
  const needed = seen.requirement;
  const why = needed === null ? "" : ofTexts(needed.text);
  const renewed = setNodes(byId("needed"), needed === null ? "" : `${needed.needed} ${needed.seats} ${why}`, () =>
    needed === null ? [] : [...rich("needed", needed), element("span", "soft", ` — ${bound(why)}`)],
  );
  if (changed || renewed) fitTitle(title);
}

function showCountdown(countdown) {
  const box = byId("countdown");
  setHidden(box, countdown === null);
  if (countdown === null) return;
  box.classList.toggle("is-soft", countdown.soft);
  box.classList.toggle("is-low", countdown.low);
  box.classList.toggle("is-open-ended", countdown.ms === null);
  const label = countdown.word ?? countdown.label;
  setText(byId("countdown-label"), say(label));
  setText(byId("figure"), countdown.ms === null ? "" : minutesOf(countdown.ms));
  setHidden(byId("drain"), countdown.share === null);
  byId("drain-left").style.width = `${(countdown.share ?? 0) * 100}%`;
}

function showLamp({ lamp, outcome }) {
  const box = byId("lamp");
  if (lamp === null) {
    box.className = "unseen"; // the outcome stands on the screen; who listens hears it here
    setText(byId("lamp-head"), outcomeAloud(outcome));
    setText(byId("lamp-soft"), "");
    return;
  }
  box.className = `lamp lamp-${lamp.band}` + (lamp.band === "recorded" ? ` option-${lamp.mark}` : "");
  setNodes(byId("lamp-mark"), lamp.mark, () => [shape(lamp.mark)]);
  byId("lamp-mark").classList.toggle("blinks", lamp.mark === "sending");
  setText(byId("lamp-head"), sentence(lamp.head));
  setText(byId("lamp-soft"), lamp.soft === null ? "" : sentence(lamp.soft));
}

function outcomeAloud({ result, own }) {
  const verdict = result === null ? say("closed") : ofTexts(result.verdict);
  return own === null ? verdict : say("spoken_outcome", { verdict, option: optionWord(own.option, gender()) });
}

function showKey({ option, look, recorded, pending }) {
  const { button, tag, word } = keys[option];
  button.className = `key option-${option} is-${look}`;
  setAttribute(button, "aria-disabled", look === "dead" ? "true" : null);
  setAttribute(button, "aria-pressed", recorded ? "true" : "false");
  setAttribute(button, "aria-busy", pending ? "true" : null);
  setText(tag, pending ? say("tag_pending") : recorded ? say("tag_recorded") : "");
  setHidden(tag, !pending && !recorded);
  setText(word, optionWord(option, gender()));
}

function showOutcome({ result, own }) {
  const verdict = result === null ? say("closed") : ofTexts(result.verdict);
  setText(byId("verdict"), verdict);
  byId("verdict").classList.toggle("is-undecided", result === null);
  const [reason, rest] = inTwo(result === null ? say("closed_soft") : ofTexts(result.reason));
  setNodes(byId("reason"), reason + rest, () => [bound(reason), element("span", "soft", rest && bound(` — ${rest}`))]);
  const ownKey = own === null ? "" : `${own.option} ${own.note === null ? "" : sentence(own.note)}`;
  setHidden(byId("own"), own === null);
  byId("own").className = own === null ? "own" : `own option-${own.option}`;
  setNodes(byId("own"), ownKey, () => (own === null ? [] : ownVote(own)));
  const tally = result?.tally ?? null;
  setNodes(byId("tally"), tally === null ? "" : JSON.stringify(tally), () => (tally === null ? [] : tallyLines(tally)));
}

function ownVote({ option, note }) {
  const words = element("div", "own-words", element("p", "own-head", say("your_vote")));
  words.append(element("p", "own-option", optionWord(option, gender())));
  words.append(element("p", "own-note", sentence(note)));
  return [shape(option), words];
}

function tallyLines(tally) {
  return OPTIONS.filter((option) => tally[option] > 0 || OPTIONS.indexOf(option) < 4).map((option) =>
    element("li", "", shape(option), element("b", "", String(tally[option])), element("span", "", optionWord(option))),
  );
}

setInterval(() => happen({ type: "Tick" }), 200);
keepTitleFitted(byId("title"));
show();
