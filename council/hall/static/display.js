// The hall display: what everyone in the hall may know, and nothing earlier.

import { minutesOf, timeOf } from "./clock.js";
import { drawArc, drawBar, drawCheckpoint, rollLines, tallyLines } from "./display_draw.js";
import { countdownOf, pageAt, rollLayout, sceneOf } from "./display_state.js";
import { byId, element, setHidden, setNodes, setText } from "./element.js";
import { fitLine, fitLines, fitTitle, keepTitleFitted } from "./fit.js";
import { connect } from "./socket.js";
import { gong } from "./sound.js";
import { showStrip } from "./strip.js";
import { bound, inTwo, lang, ofTexts, page, rich, say } from "./words.js";

const SCROLL_MS = 3000; // a title too long even at 0.75 goes on by a line

let state = null; // the last DisplayState
let link = "connecting";
let offlineAt = null; // server time at which the link was lost
let rung = null; // the vote's state that has sounded: "4 open"

const socket = connect({
  url: page.ws,
  build: page.build,
  lang,
  onMessage(message) {
    if (message.type !== "DisplayState") return;
    state = message;
    ring();
    show();
  },
  onLink(now) {
    link = now;
    offlineAt = now === "down" ? socket.now() : null;
    show();
  },
});

// One gong at opening and one at closing; never for what stood already when the page came.
function ring() {
  const now = state.vote === null ? "" : `${state.vote.n} ${state.vote.state === "open" ? "open" : "closed"}`;
  if (rung !== null && rung !== now && state.vote !== null) gong();
  rung = now;
}

const zone = () => state?.sitting.timezone;

function show() {
  const now = socket.now();
  for (const clock of document.querySelectorAll("[data-clock]")) setText(clock, timeOf(now, zone()));
  const offline = link === "down";
  document.body.classList.toggle("is-offline", offline);
  setHidden(byId("offline"), !offline);
  if (offline) setText(byId("offline"), state === null ? say("offline_never") : say("offline", { time: timeOf(offlineAt, zone()) }));
  setHidden(byId("hall"), state === null);
  if (state === null) return;
  // what the screen shows offline is of the moment of the loss
  const scene = sceneOf(state, offline ? offlineAt : now);
  const own = ["opening", "open", "closed", "closing", "result"].includes(scene) ? state.vote : null;
  showStrip(byId("strip"), state.sitting, own);
  setHidden(byId("hall"), scene === "result");
  setHidden(byId("result"), scene !== "result");
  document.body.dataset.scene = scene;
  if (scene === "result") showResult(state.vote, offline ? offlineAt : now);
  else showHall(scene, own, now);
}

// --- before and during a vote ------------------------------------------------------------------------------------------

const KICKERS = { opening: "vote_open", open: "vote_open", closed: "vote_closed", closing: "vote_closed", item: "considering" };

function showHall(scene, vote, now) {
  const { sitting, item } = state;
  setText(byId("place"), [sitting.body_name, sitting.session_label].filter(Boolean).join(" · "));
  setHidden(byId("live-dot"), vote?.state !== "open" || link !== "up");
  setText(byId("kicker"), scene in KICKERS ? say(KICKERS[scene]) : "");
  const itemNo = vote !== null ? vote.item : scene === "item" ? item.item : null;
  setText(byId("kicker-item"), itemNo === null ? "" : say("item_small", { item: itemNo }));
  const large = ["opening", "closed", "closing"].includes(scene);
  byId("hall").classList.toggle("has-code", large && scene !== "opening");
  const renewed = showTitle(scene, vote);
  setText(byId("chair"), scene === "closed" ? say("chair_announces") : "");
  setHidden(byId("seats-side"), large);
  setHidden(byId("code-side"), !large);
  const opening = scene === "opening" || scene === "open";
  const checkpoint = opening ? state.opened_checkpoint : state.closed_checkpoint;
  const word = opening ? "opened_utc" : "closed_utc";
  drawCheckpoint(byId("large-checkpoint"), large ? checkpoint : null, word);
  drawCheckpoint(byId("small-checkpoint"), scene === "open" ? checkpoint : null, word);
  if (!large) showSeats(scene, vote, now);
  if (renewed) fitTitle(byId("title"));
}

function showTitle(scene, vote) {
  const { sitting, item } = state;
  const words = { planned: say("sitting_planned"), over: say("sitting_closed"), none: say("no_item") };
  const text = words[scene] ?? bound(vote !== null ? vote.title : item.title);
  const changed = setText(byId("title"), text);
  const needed = vote?.requirement ?? null;
  const source = needed === null ? "" : ofTexts(needed.text);
  const key = needed === null ? scene + sitting.session_label : `${needed.needed} ${needed.seats} ${source}`;
  const renewed = setNodes(byId("needed"), key, () => {
    if (needed !== null) return [element("p", "", ...rich("needed", needed)), element("p", "source", bound(source))];
    return scene in words ? [element("p", "source", sitting.session_label)] : [];
  });
  return changed || renewed;
}

function showSeats(scene, vote, now) {
  const voting = scene === "open";
  const { voted, entitled, present, quorum, seats } = state;
  drawArc(byId("arc"), seats, voting, voting ? say("arc", { voted, entitled }) : say("arc_present", { present }));
  const countdown = voting && link === "up" ? countdownOf(vote, now) : null;
  const label = !voting || link !== "up" ? "" : countdown === null ? say("no_limit") : say(countdown.ms > 0 ? "to_closing" : "closing_now");
  setText(byId("hollow-label"), label);
  setText(byId("figure"), countdown === null ? "" : minutesOf(countdown.ms));
  byId("figure").classList.toggle("is-low", countdown?.low === true);
  const count = voting ? ["voted", { n: voted, entitled }] : ["present", { n: present, seats: seats.length }];
  setNodes(byId("count"), JSON.stringify(count), () => rich(...count));
  const open = state.sitting.state === "open";
  setHidden(byId("count"), !open);
  const note = voting ? say("seat_note") : open ? say(present >= quorum ? "quorum_yes" : "quorum_no", { quorum }) : "";
  setText(byId("note"), note);
}

// --- the result --------------------------------------------------------------------------------------------------------

function showResult(vote, now) {
  const { result } = vote;
  const time = timeOf(vote.closed_at, zone());
  const head = vote.item === null ? say("result_head_only", { n: vote.n, time }) : say("result_head", { item: vote.item, n: vote.n, time });
  setText(byId("result-head"), head);
  if (setText(byId("result-title"), bound(vote.title))) fitTitle(byId("result-title"));
  if (setText(byId("verdict"), ofTexts(result.verdict))) fitLine(byId("verdict"), 0.5);
  const reason = ofTexts(result.reason);
  setNodes(byId("reason"), reason, () => {
    const [first, rest] = inTwo(reason);
    const [bold, ...after] = first.split(",");
    const strong = element("span", "reason-first", element("b", "", bold), bound(after.length ? `,${after.join(",")}` : ""));
    return [strong, element("span", "reason-rest", bound(rest))];
  });
  drawBar(byId("bar"), byId("bar-label"), result.tally, vote.requirement);
  setNodes(byId("tally"), JSON.stringify(result.tally), () => tallyLines(result.tally));
  drawCheckpoint(byId("result-checkpoint"), state.closed_checkpoint, "closed_utc");
  showRoll(vote, now);
}

function showRoll(vote, now) {
  const { columns, rows, pages } = rollLayout(state.roll.length);
  const shown = pageAt(pages, vote.closed_at, now);
  const lines = pages === 1 ? state.roll : state.roll.slice(shown * columns * rows, (shown + 1) * columns * rows);
  const roll = byId("roll");
  roll.className = `roll has-${columns}`;
  const renewed = setNodes(roll, JSON.stringify(lines), () => rollLines(lines));
  if (renewed) fitLines(roll, [...roll.querySelectorAll(".roll-name")]);
  setText(byId("page-no"), pages === 1 ? "" : say("page_of", { page: shown + 1, pages }));
}

function refit() {
  fitLine(byId("verdict"), 0.5);
  fitLines(byId("roll"), [...byId("roll").querySelectorAll(".roll-name")]);
}

// Nobody scrolls a wall: a title too long goes on by itself, a line at a time.
function scrollTitles() {
  for (const title of document.querySelectorAll(".motion-title.scrolls")) {
    title.removeAttribute("tabindex");
    const end = title.scrollTop + title.clientHeight >= title.scrollHeight - 2;
    title.scrollTop = end ? 0 : title.scrollTop + parseFloat(getComputedStyle(title).lineHeight);
  }
}

setInterval(show, 100);
setInterval(scrollTitles, SCROLL_MS);
for (const id of ["title", "result-title"]) keepTitleFitted(byId(id));
addEventListener("resize", refit);
document.fonts?.ready.then(refit);
show();
