// The wall while somebody speaks: who, how long still, who comes next.

import { minutesOf } from "./clock.js";
import { byId, element, setAttribute, setHidden, setNodes, setText } from "./element.js";
import { fitBox, fitLine, fitTitle } from "./fit.js";
import { bound, say } from "./words.js";

const LABELS = { running: "speech_left", last: "speech_left", over: "speech_over", paused: "speech_paused" };

/** `floor`: of floorOf. Without a link the time is taken away, never run on. */
export function showSpeech({ sitting, item }, { speech, timer, next, more }, linked) {
  setText(byId("speech-place"), [sitting.body_name, sitting.session_label].filter(Boolean).join(" · "));
  const own = item !== null && speech.item === item.item;
  setText(byId("speech-item"), own ? say("item", { item: item.item }) : "");
  if (setText(byId("speech-title"), own ? bound(item.title) : "")) fitTitle(byId("speech-title"));
  setText(byId("speech-kind"), say(`floor_${speech.floor}`));
  const named = [setText(byId("surname"), speech.family_name), setText(byId("given"), speech.given_name)];
  byId("surname").classList.toggle("is-guest", speech.given_name === "");
  const desk = speech.desk_no === null ? "" : say("desk_small", { no: speech.desk_no });
  setText(byId("speaker-place"), [speech.faction, desk].filter(Boolean).join(" · "));
  showTimer(speech, linked ? timer : null, linked);
  showFollowing(next, more);
  if (named.some(Boolean)) refitSpeech();
}

function showTimer(speech, timer, linked) {
  const box = byId("timer");
  box.className = `timer${timer === null ? "" : ` is-${timer.phase}`}${timer?.paused ? " is-paused" : ""}`;
  const label = timer !== null ? LABELS[timer.phase] : !linked ? null : speech.paused ? "speech_paused" : "speech_no_limit";
  setText(byId("timer-label"), label === null ? "" : say(label));
  const over = timer?.phase === "over";
  const figure = timer === null ? "" : over ? `+${minutesOf(Math.floor(timer.ms / 1000) * 1000)}` : minutesOf(timer.ms);
  if (setText(byId("timer-figure"), figure)) fitLine(byId("timer-figure"), 0.4);
  setHidden(byId("timer-bar"), timer === null);
  byId("timer-left").style.width = `${(timer?.share ?? 0) * 100}%`;
  const limit = speech.seconds === null ? "" : say("of_limit", { limit: minutesOf(speech.seconds * 1000) });
  setText(byId("timer-limit"), limit);
}

function showFollowing(next, more) {
  setNodes(byId("following"), JSON.stringify([next, more]), () => {
    if (next.length === 0) return [];
    const names = next.map(({ name, floor, seconds }) => {
      const kind = say(`floor_${floor}`).toLocaleLowerCase();
      const what = seconds === null ? kind : `${kind}, ${seconds === 0 ? say("floor_used_up") : minutesOf(seconds * 1000)}`;
      return element("span", "waiting", element("b", "", name), ` ${what}`);
    });
    const rest = more === 0 ? [] : [element("span", "more", say("more_waiting", { n: more }))];
    return [element("span", "next-word", say("next")), ...names, ...rest];
  });
  setAttribute(byId("following"), "aria-hidden", next.length === 0 ? "true" : null);
}

export function refitSpeech() {
  if (byId("speech").hidden) return;
  if (byId("surname").classList.contains("is-guest")) fitBox(byId("surname"));
  else fitLine(byId("surname"), 0.4);
  fitLine(byId("given"), 0.5);
  fitLine(byId("timer-figure"), 0.4);
}
