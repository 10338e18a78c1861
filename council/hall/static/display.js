// The hall display: what everyone in the hall may know, and nothing earlier.

import { timeOf } from "./clock.js";
import { showHall } from "./display_hall.js";
import { refitResult, showResult, showSecret } from "./display_result.js";
import { refitSpeech, showSpeech } from "./display_speech.js";
import { OF_VOTE, floorOf, sceneOf, scrolledOn } from "./display_state.js";
import { byId, element, setHidden, setNodes, setText } from "./element.js";
import { keepTitleFitted } from "./fit.js";
import { connect, serverNow } from "./socket.js";
import { gong, twoNotes } from "./sound.js";
import { showStrip } from "./strip.js";
import { lang, page, say } from "./words.js";

const SCROLL_MS = 3000; // a title too long even at 0.75 goes on by a line
const MAINS = { result: "result", secret: "result", speech: "speech" }; // the others are in "hall"

let state = null; // the last DisplayState
let link = "connecting";
let offlineAt = null; // server time at which the link was lost
let rung = null; // the vote's state that has sounded: "4 open"
let ended = null; // the speech whose end has sounded; 0: none

connect({
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
    offlineAt = now === "down" ? serverNow() : null;
    show();
  },
});

// One gong at opening and one at closing; never for what stood already when the page came.
function ring() {
  const running = state.vote?.state === "open" || state.vote?.state === "held";
  const now = state.vote === null ? "" : `${state.vote.n} ${running ? "open" : "closed"}`;
  if (rung !== null && rung !== now && state.vote !== null) gong();
  rung = now;
}

// Two notes when a speech's time is up; never for one that was over already when the page came.
function soundEnd({ speech, timer }) {
  const over = timer?.phase === "over" && !timer.paused;
  if (over && ended !== null && ended !== speech.speech) twoNotes();
  if (over) ended = speech.speech;
  else ended ??= 0;
}

function show() {
  const now = serverNow();
  const zone = state?.sitting.timezone;
  for (const clock of document.querySelectorAll("[data-clock]")) setText(clock, timeOf(now, zone));
  const offline = link === "down";
  document.body.classList.toggle("is-offline", offline);
  setHidden(byId("offline"), !offline);
  if (offline) setText(byId("offline"), state === null ? say("offline_never") : say("offline", { time: timeOf(offlineAt, zone) }));
  if (state === null) {
    setHidden(byId("hall"), true);
    return;
  }
  const at = offline ? offlineAt : now; // what the screen shows offline is of the moment of the loss
  const scene = sceneOf(state, at);
  const vote = OF_VOTE.includes(scene) ? state.vote : null;
  showStrip(byId("strip"), state.sitting, vote);
  setHidden(byId("closed"), !state.closed);
  if (state.closed) setNodes(byId("closed"), state.closed.since, () => [element("b", "", say("closed_part")), element("span", "", say("closed_note", { time: timeOf(state.closed.since, zone) }))]);
  for (const main of ["hall", "result", "speech"]) setHidden(byId(main), main !== (MAINS[scene] ?? "hall"));
  document.body.dataset.scene = scene;
  const floor = state.floor?.speech ? floorOf(state.floor, at) : null;
  if (floor !== null) soundEnd(floor);
  else ended ??= 0;
  if (scene === "result") showResult(state, at, zone);
  else if (scene === "secret") showSecret(state.secret, zone);
  else if (scene === "speech") showSpeech(state, floor, link === "up");
  else showHall(state, scene, vote, at, link === "up");
}

function refit() {
  refitResult();
  refitSpeech();
}

// Nobody scrolls a wall: a title too long goes on by itself, a line at a time.
function scrollTitles() {
  for (const title of document.querySelectorAll(".motion-title.scrolls")) {
    title.removeAttribute("tabindex");
    title.scrollTop = scrolledOn(title, parseFloat(getComputedStyle(title).lineHeight));
  }
}

setInterval(show, 50);
setInterval(scrollTitles, SCROLL_MS);
for (const id of ["title", "result-title", "speech-title"]) keepTitleFitted(byId(id));
addEventListener("resize", refit);
document.fonts?.ready.then(refit);
show();
