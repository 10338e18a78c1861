// The wall before and during a vote: the motion at left, at right the seats or the checkpoint's code.

import { minutesOf } from "./clock.js";
import { candidateLines, drawArc, drawCheckpoint } from "./display_draw.js";
import { countdownOf } from "./display_state.js";
import { byId, element, setHidden, setNodes, setText } from "./element.js";
import { fitLine, fitTitle } from "./fit.js";
import { asReason, bound, neededOf, ofTexts, rich, say } from "./words.js";

const KICKERS = {
  opening: "vote_open",
  open: "vote_open",
  held: "vote_held",
  call: "vote_called",
  entered: "vote_entered",
  closed: "vote_closed",
  closing: "vote_closed",
  tied: "vote_tied",
  voided: "vote_voided",
  item: "considering",
};
const LARGE = ["opening", "closed", "closing", "tied", "voided"]; // the code in the seats' place
const VOTING = ["open", "held", "call", "entered"];
let laidOut = ""; // the scene whose parts the title's place was measured with

export function showHall(state, scene, vote, now, linked) {
  const { sitting, item } = state;
  setText(byId("place"), [sitting.body_name, sitting.session_label].filter(Boolean).join(" · "));
  setHidden(byId("live-dot"), vote?.state !== "open" || !linked);
  setText(byId("kicker"), scene in KICKERS ? say(KICKERS[scene]) : "");
  const itemNo = vote !== null ? vote.item : scene === "item" ? item.item : null;
  setText(byId("kicker-item"), itemNo === null ? "" : say("item_small", { item: itemNo }));
  const large = LARGE.includes(scene);
  const running = vote?.state === "open" || vote?.state === "held";
  byId("hall").classList.toggle("has-code", large && !running);
  const renewed = [showTitle(state, scene, vote), showNotes(vote, running), setText(byId("chair"), chairWords(scene, vote))];
  setHidden(byId("seats-side"), large);
  setHidden(byId("code-side"), !large);
  const checkpoint = running ? state.opened_checkpoint : vote?.closed_at ? state.closed_checkpoint : null;
  const word = running ? "opened_utc" : "closed_utc";
  drawCheckpoint(byId("large-checkpoint"), large ? checkpoint : null, word);
  drawCheckpoint(byId("small-checkpoint"), VOTING.includes(scene) ? checkpoint : null, word);
  if (!large) showSeats(state, scene, vote, now, linked);
  if (renewed.some(Boolean) || laidOut !== scene) fitTitle(byId("title"));
  laidOut = scene;
}

function chairWords(scene, vote) {
  if (scene === "closed") return say("chair_announces");
  if (scene === "tied") return say("chair_decides");
  return scene === "voided" && vote.void_reason ? say("void_reason", { reason: asReason(vote.void_reason) }) : "";
}

function showTitle({ sitting, item }, scene, vote) {
  const words = { planned: say("sitting_planned"), over: say("sitting_closed"), none: say("no_item") };
  const text = words[scene] ?? bound(vote !== null ? vote.title : item.title);
  const changed = setText(byId("title"), text);
  const needed = vote?.requirement ?? null;
  const source = needed === null ? "" : ofTexts(needed.text);
  const key = needed === null ? scene + sitting.session_label : `${needed.needed} ${needed.seats} ${source}`;
  const renewed = setNodes(byId("needed"), key, () => {
    if (needed !== null) {
      const { head, why } = neededOf(needed);
      return [element("p", "", ...head), element("p", "source", why)];
    }
    return scene in words ? [element("p", "source", sitting.session_label)] : [];
  });
  return changed || renewed;
}

// What is special about this vote: what it refers to, the exception, who stands for election.
function showNotes(vote, running) {
  const label = setText(byId("label"), vote?.label ? bound(ofTexts(vote.label)) : "");
  const exception = setText(byId("exception"), running && vote.exception ? say("exception") : "");
  const candidates = vote?.candidates ?? [];
  const list = setNodes(byId("candidates"), JSON.stringify(candidates), () => candidateLines(candidates));
  byId("candidates").classList.toggle("in-two", candidates.length > 4);
  return label || exception || list;
}

const COUNTS = { call: "answered", entered: "entered" };

function showSeats(state, scene, vote, now, linked) {
  const voting = VOTING.includes(scene);
  const { entitled, present, quorum, seats, call } = state;
  const voted = scene === "call" && call !== null ? call.answered.length : state.voted;
  drawArc(byId("arc"), seats, voting, voting ? say("arc", { voted, entitled }) : say("arc_present", { present }));
  setHidden(byId("called"), scene !== "call"); // first: what is hidden cannot be measured
  setHidden(byId("figure"), scene === "call");
  if (scene === "call") showCall(call);
  else showCountdown(scene, vote, now, linked);
  const count = voting ? [COUNTS[scene] ?? "voted", { n: voted, entitled }] : ["present", { n: present, seats: state.whole ?? seats.length }];
  setNodes(byId("count"), JSON.stringify(count), () => rich(...count));
  const open = state.sitting.state === "open";
  setHidden(byId("count"), !open);
  const quorate = open ? say(present >= quorum ? "quorum_yes" : "quorum_no", { quorum }) : "";
  setText(byId("note"), scene === "call" ? following(call) : voting ? say("seat_note") : quorate);
}

function showCountdown(scene, vote, now, linked) {
  const timed = (scene === "open" || scene === "held") && linked;
  const countdown = timed ? countdownOf(vote, now) : null;
  const held = scene === "held";
  const label = held ? "held_label" : countdown === null ? "no_limit" : countdown.ms > 0 ? "to_closing" : "closing_now";
  setText(byId("hollow-label"), timed ? say(label) : "");
  setText(byId("figure"), countdown === null ? "" : minutesOf(countdown.ms));
  byId("figure").classList.toggle("is-low", countdown?.low === true);
  byId("figure").classList.toggle("is-soft", held);
}

// Who answers now, in the hollow of the seats.
function showCall(call) {
  const name = call?.name ?? null;
  setText(byId("hollow-label"), name === null ? say("call_done") : say("call_now"));
  if (setText(byId("called"), name ?? "")) fitLine(byId("called"), 0.4);
}

const following = (call) => (call?.following.length ? `${say("call_next")}: ${call.following.join(", ")}` : "");
