// The live page fills itself from the hub's events: sitting, vote, state. Nothing is fetched beside them, and nothing
// people typed is ever put in as markup. Until a vote is closed the page does not know how anybody votes.

import { connect } from "./live_connection.js";
import { speechTime } from "./live_speech.js";
import { drawEarlier, drawFigures, drawGauge, drawPresence, drawSign, drawTally, drawThreshold } from "./live_drawing.js";

const page = JSON.parse(document.querySelector("#page").textContent);
const words = page.words;
const find = (id) => document.getElementById(id);
const root = find("live");
const seats = new Map([...document.querySelectorAll("[data-seat]")].map((seat) => [seat.dataset.seat, seat]));
const rows = new Map([...document.querySelectorAll(".row")].map((row) => [row.dataset.member, row]));
const groups = [...document.querySelectorAll(".live-names .group")];
const names = new Map([...rows].map(([id, row]) => [id, row.querySelector(".row-name").textContent.trim()]));

let vote = page.vote;
let present = new Set(page.present);
let voted = new Set(page.voted);
let closesAt = page.closes_at ? Date.parse(page.closes_at) : null;
let item = page.item;
let speech = page.speech;
let seen = page.seen; // the newest vote this page has shown, named or secret
let skew = Date.parse(page.server_time) - Date.now(); // server's clock less ours; the least delayed message is the truest
let announced = null;

const isOpen = () => vote !== null && (vote.state === "open" || vote.state === "held");
const isHeld = () => vote !== null && vote.state === "held";
const standing = (of) => (of.state === "voided" ? "voided" : of.result ?? of.state);

function fill(text, values) {
  return text.replaceAll(/%\((\w+)\)s/g, (_, name) => String(values[name] ?? ""));
}

function clock(stamp) {
  const format = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: page.zone };
  return new Intl.DateTimeFormat("en-GB", format).format(typeof stamp === "string" ? new Date(stamp) : stamp);
}

function say(sentence) {
  find("announce").textContent = sentence;
}

function put(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
}

// --- what is drawn --------------------------------------------------------------------------------------------------

function signOf(member, roll) {
  if (roll) return roll.get(member) ?? "no_record";
  if (voted.has(member)) return "voted";
  return present.has(member) ? "waiting" : "absent";
}

function drawMembers() {
  const counted = !isOpen() && vote !== null && vote.tally !== null;
  const lines = counted ? new Map(vote.roll.map((line) => [line.member_id, line])) : null;
  const roll = lines && new Map([...lines].map(([member, line]) => [member, line.option]));
  const counts = {};
  for (const [member, row] of rows) {
    const sign = signOf(member, roll);
    counts[sign] = (counts[sign] ?? 0) + 1;
    const [, woman] = page.members[member] ?? ["", 0];
    const word = words.signs[!roll && sign === "absent" ? "unregistered" : sign][woman];
    const line = lines?.get(member);
    drawSign(row, seats.get(member), sign, chosen(line) ?? word, names.get(member), noteOf(sign, line));
  }
  for (const group of groups) drawFigures(group, roll ? null : words.of, words.tally, page.lang);
  return counts;
}

// Whom the member chose, in a vote on candidates.
function chosen(line) {
  const one = vote?.candidates?.find((candidate) => candidate.candidate === line?.candidate);
  return one && `${one.candidate}. ${one.name}`;
}

function noteOf(sign, line) {
  if (sign === "no_record") return words.no_record_note;
  return line && line.channel && line.channel !== vote.method ? words.channels[line.channel] : "";
}

function drawOpen() {
  root.dataset.stage = vote === null ? "before" : "open";
  put("open-head", isHeld() ? words.on_hold : words.is_open);
  put("held-line", isHeld() ? words.held : "");
  find("tally").classList.remove("uncounted"); // its place is kept for the closing
  const counts = drawMembers();
  const { voted: cast = 0, waiting = 0, absent = 0 } = counts;
  drawGauge([["voted", cast], ["waiting", waiting], ["absent", absent]]);
  document.querySelector(".hall-count").textContent = cast;
  document.querySelector(".hall-under").textContent = words.have_voted;
  document.querySelector(".hall").setAttribute("aria-label", fill(words.seat, { voted: cast, present: cast + waiting }));
  put("names-head", fill(words.already, { voted: cast, present: cast + waiting }));
}

function drawClosed() {
  root.dataset.stage = "closed";
  root.dataset.counted = vote.tally ? "yes" : "no";
  drawNeeded();
  const counts = drawMembers();
  const own = vote.words[page.lang];
  const { tally } = vote;
  if (tally) {
    drawGauge(Object.entries(tally));
    drawTally(find("tally"), tally, words.tally, page.lang);
    document.querySelector(".hall-under").textContent = fill(words.for_of, { seats: vote.requirement.seats });
  } else drawGauge(["voted", "waiting", "absent"].map((sign) => [sign, counts[sign] ?? 0]));
  find("tally").classList.toggle("uncounted", !tally); // void before it was counted
  document.querySelector(".hall-count").textContent = tally ? tally.for : "";
  document.querySelector(".hall").setAttribute("aria-label", `${own.verdict}: ${own.sentence}`);
  find("word").className = `verdict-${standing(vote)}`;
  put("word", own.sentence ? `${own.verdict}:` : own.verdict);
  put("rest", own.sentence);
  drawNotes(own.notes);
  find("vote-link").href = `/sittings/${vote.sitting}/votes/${vote.n}`;
  const { voted: cast = 0, waiting = 0 } = counts;
  put("names-head", tally ? words.roll : fill(words.already, { voted: cast, present: cast + waiting }));
}

function drawNotes(notes) {
  const lines = notes.map((note) => {
    const line = document.createElement("li");
    line.textContent = note;
    return line;
  });
  find("notes").replaceChildren(...lines);
}

function drawTitle() {
  const own = vote.words[page.lang];
  find("now-of").hidden = true;
  put("kicker", isOpen() ? words.voting_now : "");
  put("kicker-no", fill(words.vote_no, { n: vote.n }));
  const original = vote.replay?.original_at;
  put("kicker-original", original ? fill(words.in_record, { time: clock(original) }) : "");
  put("motion", vote.words[page.lang].line.title);
  put("requirement", own.requirement);
  drawNeeded();
}

// Where no one number says it (votes cast, candidates), there is no line.
function drawNeeded() {
  document.querySelector(".hall-needs").textContent = vote.needed ? fill(words.needed, { needed: vote.needed }) : "";
  drawThreshold(vote.needed, Math.max(vote.requirement.seats, rows.size));
}

function drawPresent() {
  drawPresence(present.size, page.seats);
  const said = { present: present.size, seats: page.seats, quorum: page.quorum };
  put("in-hall", fill(words.in_hall, said));
  document.querySelector(".presence-row").setAttribute("aria-label", fill(words.presence, said));
  const missing = page.quorum - present.size;
  const line = find("quorate");
  line.className = missing > 0 ? "verdict-rejected" : "verdict-adopted";
  line.querySelector(".yes").hidden = missing > 0;
  line.querySelector(".no").hidden = missing <= 0;
  line.querySelector("b").textContent = missing > 0 ? fill(words.no_quorum, { missing }) : words.quorum;
}

// --- what arrives ---------------------------------------------------------------------------------------------------

function onVote(next) {
  if (next.n > seen + 1) return location.reload(); // a vote was missed: the server's page has it
  if (next.secret || (vote !== null && next.n < vote.n)) {
    seen = Math.max(seen, next.n);
    return drawEarlier(next, page.lang, words, clock, standing(next)); // a secret one, or news of an earlier one
  }
  if (next.n < seen) return;
  const before = vote;
  vote = next;
  seen = next.n;
  const fresh = before === null || before.n !== next.n;
  if (isOpen()) {
    if (fresh) {
      voted = new Set();
      announced = null;
      say(fill(words.announce_open, { n: vote.n, title: vote.title }));
    } else if (isHeld() && before.state !== "held") say(words.held);
    closesAt = vote.seconds === null || isHeld() ? null : Date.parse(vote.opened_at) + vote.seconds * 1000;
    const line = vote.seconds === null ? words.opened_unlimited : words.opened_for;
    put("opened-line", fill(line, { time: clock(vote.opened_at), seconds: vote.seconds }));
    drawTitle();
    drawOpen();
  } else {
    const closedNow = fresh || before.state === "open" || before.state === "held";
    if (closedNow) drawTitle();
    drawClosed();
    if (closedNow || before.state !== vote.state) {
      const own = vote.words[page.lang];
      if (closedNow || vote.state === "voided" || before.result !== vote.result) {
        say(own.sentence ? `${own.verdict}: ${own.sentence}` : own.verdict);
      }
      drawEarlier(vote, page.lang, words, clock, standing(vote));
    }
  }
  tick();
}

function onState(state) {
  skew = Math.max(skew, Date.parse(state.server_time) - Date.now());
  present = new Set(state.present);
  if (isOpen() && state.vote_n === vote.n) {
    voted = new Set(state.voted);
    closesAt = state.closes_at ? Date.parse(state.closes_at) : isHeld() ? null : closesAt;
  }
  drawPresent();
  if (isOpen() || vote === null) drawOpen();
}

function onSitting(sitting) {
  if (sitting.state === "closed") {
    find("ended").hidden = false;
    say(words.ended);
    for (const dot of document.querySelectorAll(".links .live-dot, .live-line .live-dot")) dot.remove();
    return;
  }
  drawClosedPart(sitting.closed_part ?? null);
  drawSpeech(sitting.speech ?? null);
  if (sitting.item === item || sitting.item === null) return;
  item = sitting.item;
  const line = fill(words.item_now, { item });
  put("live-item", fill(words.item, { item }));
  if (isOpen()) return;
  put("kicker", line);
  put("kicker-no", "");
  put("kicker-original", "");
  put("motion", sitting.title.trim());
  put("requirement", "");
  if (vote !== null) {
    put("now-of-no", fill(words.vote_no, { n: vote.n })); // the verdict that still stands is of another one
    put("now-of-title", vote.words[page.lang].line.title);
    find("now-of").hidden = false;
  }
  say(`${line}. ${sitting.title}`);
}

function drawClosedPart(part) {
  find("closed").hidden = part === null;
  if (part === null) return put("closed", "");
  const reason = part.source ? `${part.reason} (${part.source})` : part.reason;
  put("closed", fill(words.closed, { time: clock(part.since), reason }));
}

function drawSpeech(next) {
  const fresh = next && (speech === null || speech.speech !== next.speech);
  speech = next;
  find("speech").hidden = speech === null;
  if (speech === null) return;
  put("speech-name", speech.name);
  put("speech-kind", words.kinds[speech.kind]);
  if (fresh) say(`${speech.name}, ${words.kinds[speech.kind]}`);
  tick();
}

function tick() {
  if (speech !== null) put("speech-time", speechTime(speech, Date.now() + skew, words));
  const ring = find("ring");
  const text = find("seconds");
  if (!isOpen() || closesAt === null) {
    text.textContent = isHeld() ? "–" : isOpen() ? "∞" : "";
    ring.setAttribute("stroke-dasharray", "100 100");
    return;
  }
  const left = Math.max(0, closesAt - (Date.now() + skew));
  const whole = Math.ceil(left / 1000);
  text.textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  const share = vote.seconds ? Math.min(100, (100 * left) / (vote.seconds * 1000)) : 100;
  ring.setAttribute("stroke-dasharray", `${share.toFixed(1)} 100`);
  if (whole <= 10 && whole > 0 && announced === null && vote.seconds > 10) {
    announced = "ten";
    say(words.announce_ten);
  } else if (whole === 0 && announced !== "zero") {
    announced = "zero";
    say(words.announce_zero);
  }
}

setInterval(tick, 200);
tick();

connect(page.live, {
  sitting: onSitting,
  vote: onVote,
  state: onState,
  offline(lastHeard) {
    root.classList.add("stale");
    find("offline").hidden = false;
    put("offline", fill(words.offline, { time: clock(new Date(lastHeard)) }));
  },
  online() {
    root.classList.remove("stale");
    find("offline").hidden = true;
  },
});
