// The motion, what it needs or got, and the countdown or the verdict beside it.

import { minutesOf, timeOf } from "./clock.js";
import { isDecided, isRunning, kicker, nextSeconds, phaseOf, shownVote, showsVote, title } from "./console_state.js";
import { leftOf } from "./countdown.js";
import { byId, element, setHidden, setNodes, setText } from "./element.js";
import { fitLine, fitTitle } from "./fit.js";
import { bound, inTwo, neededOf, ofTexts, say } from "./words.js";

/** A sentence [word, values] with times in the sitting's zone. */
export function said([word, values], zone) {
  return "time" in values && values.time !== null ? [word, { ...values, time: timeOf(values.time, zone) }] : [word, values];
}

/** at: the server's time in ms. */
export function showHead(state, local, at) {
  const phase = phaseOf(state);
  const vote = shownVote(state);
  const zone = state.sitting.timezone;
  setHidden(byId("live-dot"), !isRunning(phase) || phase === "held" || local.link !== "up");
  const label = showsVote(phase) && vote.label ? ` · ${ofTexts(vote.label)}` : "";
  setText(byId("kicker"), say(...said(kicker(state), zone)) + label);
  const changed = setText(byId("title"), bound(title(state) ?? say("no_item")));
  const needed = isRunning(phase) ? vote.requirement : phase === "item" ? state.requirement : null;
  const reason = isDecided(phase) && vote.result ? ofTexts(vote.result.reason) : "";
  const renewed = setNodes(byId("needed"), JSON.stringify([needed, reason]), () => {
    if (needed !== null) {
      const { head, why } = neededOf(needed);
      return [...head, element("span", "soft", why && ` — ${why}`)];
    }
    const [first, rest] = inTwo(reason);
    return [bound(first), element("span", "soft", rest && bound(` — ${rest}`))];
  });
  showAside(state, phase, local, at);
  if (changed || renewed) fitTitle(byId("title"));
}

function aside(state, phase, local, at) {
  const vote = shownVote(state);
  if (phase === "voided") return { text: say("voided_word"), remark: "" };
  if (isDecided(phase)) {
    const remark = { closed: "not_announced", tied: "tie_waits", announced: "announced", secret: "secret_ballot" }[phase];
    return { text: vote.result === null ? "" : ofTexts(vote.result.verdict), remark: say(remark) };
  }
  if (isRunning(phase)) {
    const ms = leftOf(vote, at);
    if (ms === null) return { label: say(phase === "held" ? "held_word" : "open_ended") };
    const label = phase === "held" ? "held_left" : ms > 0 ? "closes_in" : "closing_now";
    return { label: say(label), text: minutesOf(ms) };
  }
  if (!state.next_motion || state.sitting.state !== "open") return {};
  const seconds = nextSeconds(state, local);
  return { label: say("time_limit"), ...(seconds === null ? { remark: say("no_limit") } : { text: minutesOf(seconds * 1000) }) };
}

function showAside(state, phase, local, at) {
  const { label = "", text = "", remark = "" } = aside(state, phase, local, at);
  const figure = byId("aside-figure");
  const live = isRunning(phase) && phase !== "held";
  setText(byId("aside-label"), label);
  figure.className = `aside-figure${isDecided(phase) ? " is-verdict" : ""}${live ? "" : " is-soft"}`;
  if (setText(figure, text)) fitLine(figure, 0.4);
  setText(byId("aside-note"), local.offlineAt === null ? remark : say("as_of", { time: timeOf(local.offlineAt, state.sitting.timezone) }));
}
