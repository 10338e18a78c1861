// The guard line, {band: plain | ok | notice | inverted, mark, says, texts, quote}: whether the next act is safe, what
// went wrong, and what the chair says. `says` are our sentences, `texts` one of the hall's. Pure.

import { presided } from "./console_offers.js";
import { isDecided, phaseOf, shownVote } from "./console_state.js";

const line = (band, mark, ...says) => ({ band, mark, says, texts: null, quote: false });

export function guard(state, local) {
  if (local.link === "down") return line("inverted", "warning", ["offline", {}]);
  if (local.refused) return line("inverted", "warning", ["act_refused", { reason: local.refused }]);
  if (local.lost) return line("inverted", "warning", ["act_lost", { act: local.lost }]);
  if (local.missed) return line("notice", "warning", [local.missed, {}]);
  if (local.presence) return line("notice", null, ["guard_presence", {}]);
  if (local.said) return line("ok", "tick", [local.said, {}]);
  const phase = phaseOf(state);
  if (phase === "over") return line("plain", null, ["guard_sitting_closed", {}]);
  if (phase === "tied") {
    if (state.chair === null) return line("notice", "warning", ["tie_no_chair", {}]);
    const name = `${state.chair.given_name} ${state.chair.family_name}`;
    return line("notice", "warning", [presided(state) ? "tie_ask" : "tie_chair_out", { name }]);
  }
  if (phase === "closed" && state.prompt !== null) return { ...line("plain", null), texts: state.prompt, quote: true };
  if (phase === "held") return line("notice", null, ["guard_held", {}]);
  if (phase === "voided") return line("notice", "warning", ["guard_voided", { reason: shownVote(state).void_reason ?? "" }]);
  const done = phase === "announced" || phase === "secret";
  if (done && !state.next_motion) {
    const more = state.next_item === null ? [["guard_agenda_done", {}]] : [];
    return line("ok", "tick", [phase === "secret" ? "secret_recorded" : state.sitting.mode === "rehearsal" ? "guard_rehearsed" : "guard_announced", {}], ...more);
  }
  if (phase === "entered" && state.entered_by.length > 0) {
    const own = state.entered_by.some((one) => one.staff === local.staff);
    const by = state.entered_by.map((one) => one.name).join(", ");
    return line("notice", null, [own ? "entered_here" : "entered_confirm", { by }]);
  }
  if (state.guard !== null && (done || !isDecided(phase))) {
    const { ok, blocked, text } = state.guard;
    const band = blocked ? "inverted" : ok ? "ok" : "notice";
    return { ...line(band, ok ? "tick" : "warning"), texts: text };
  }
  if (phase === "planned") return line("plain", null, ["guard_planned", {}]);
  return line("plain", null);
}
