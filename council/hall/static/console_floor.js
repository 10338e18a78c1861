// The queue for the floor at the right: who speaks and how long still, who waits, the keys of the next speaker. The
// console and the chair's view show the same block.

import { minutesOf } from "./clock.js";
import { speechTimer } from "./countdown.js";
import { byId, element, setButtons, setHidden, setText } from "./element.js";
import { say } from "./words.js";

const SHOWN = 4;

let fitted = { of: "", lines: SHOWN };

/** As many of the queue as the column `side` has room for; `of` says what else stands in it. draw(lines) shows them. */
export function fitFloor(side, of, draw) {
  const now = JSON.stringify([of, innerWidth, innerHeight]);
  if (fitted.of !== now) fitted = { of: now, lines: SHOWN };
  draw(fitted.lines);
  while (fitted.lines > 1 && side.scrollHeight > side.clientHeight + 1) draw((fitted.lines -= 1));
}

/** state: with `floor`; at: the server's time in ms; kind(floor): its word; button(act): a button, or null where the act
    is not allowed. `lines`: how many of the queue are shown. */
export function showFloor(state, at, { kind, button, key }, lines) {
  const block = byId("floor");
  const { floor } = state;
  setHidden(block, floor === null || state.sitting.state !== "open");
  if (floor === null) return;
  const { speech, queue } = floor;
  const said = JSON.stringify([floor.speech?.speech, speech?.paused, queue, key, lines, floor.budgets]);
  setButtons(byId("floor-body"), said, () => [...(speech === null ? [] : [speaker(speech, kind, button)]), ...waiting(queue, kind, button, lines, speech)]);
  if (speech !== null) showTimer(speech, floor, at);
}

function speaker(speech, kind, button) {
  const time = element("p", "speech-time");
  const name = speech.given_name ? `${speech.family_name} ${speech.given_name}` : speech.family_name;
  const acts = [speech.paused ? "resume_floor" : "pause_floor", "end_floor"].map((act) => button(act)).filter((made) => made !== null);
  return element(
    "div",
    "speech",
    element("p", "soft speech-kind", kind(speech.floor)),
    element("p", "speech-name", name),
    time,
    element("div", "floor-acts", ...acts),
  );
}

function showTimer(speech, floor, at) {
  const time = byId("floor-body").querySelector(".speech-time");
  if (time === null) return;
  const timer = speechTimer(speech, at, floor.warning_seconds);
  time.className = `speech-time is-${timer?.phase ?? "free"}`;
  if (timer === null) return setText(time, say("no_limit"));
  const figure = minutesOf(timer.ms);
  const word = { over: "floor_over", paused: "floor_paused", last: "floor_left", running: "floor_left" }[timer.phase];
  setText(time, say(word, { time: timer.phase === "over" ? `+${figure}` : figure }));
}

function waiting(queue, kind, button, lines, speech) {
  const next = button("next_speaker");
  if (queue.length === 0) {
    return [element("p", "soft", say(speech === null ? "floor_nobody" : "floor_queue_empty"))];
  }
  const list = element("ol", "queue");
  queue.slice(0, lines).forEach((request, i) => {
    const limit = request.seconds === null ? "" : ` · ${request.seconds === 0 ? say("floor_used_up") : minutesOf(request.seconds * 1000)}`;
    const line = element("li", "request", element("span", "soft", String(i + 1)), element("span", "request-name", request.name), element("span", "soft request-kind", kind(request.floor) + limit));
    if (i === 0 && next !== null) line.append(next);
    list.append(line);
  });
  const more = queue.length > lines ? [element("p", "soft", say("floor_more", { n: queue.length - lines }))] : [];
  return [list, ...more];
}
