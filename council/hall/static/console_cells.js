// One cell of the grid of desks: values in, values out. Before the close it never tells how anyone votes.

import { isNamed, isRunning, phaseOf } from "./console_state.js";

export const SLOW_MS = 300; // a terminal's round trip from here on is named

const OUT = ["absent", "recused", "no_record"];

/** {look, lamp, note, hatched, says, other}: `note` is [word, values] in the corner, in place of the lamp. `other`: the
    seating names somebody else here. `draft`: the answers that this clerk is entering by hand, member -> option. */
export function deskView(desk, state, draft = null) {
  const seen = lookOf(desk, state, draft);
  const other = sitsElsewhere(desk);
  return { ...seen, says: other ? [...seen.says, "cell_other"] : seen.says, other };
}

/** Somebody sits at another's seat. */
export const sitsElsewhere = ({ member, usual }) => member !== null && usual !== null;

function lookOf(desk, state, draft) {
  const phase = phaseOf(state);
  const slow = desk.linked && desk.rtt_ms !== null && desk.rtt_ms >= SLOW_MS ? ["ms", { ms: desk.rtt_ms }] : null;
  if (desk.member === null) return { look: "empty", lamp: null, note: slow, hatched: false, says: ["cell_empty"] };
  const drafted = draft?.get(desk.member) ?? null;
  if (drafted !== null) return { look: "draft", lamp: drafted, note: null, hatched: false, says: [`option_${drafted}`, "cell_draft"] };
  if (desk.option !== null && (isNamed(phase) || phase === "entered")) {
    const chosen = desk.candidate === null ? null : ["numbered", { n: desk.candidate }];
    return { look: "plain", lamp: desk.option, note: chosen, hatched: OUT.includes(desk.option), says: [`option_${desk.option}`] };
  }
  const says = [desk.present ? "cell_present" : desk.justified === null ? "cell_away" : "cell_justified"];
  if (!desk.linked) says.push("cell_offline");
  if (desk.asks) says.push("cell_asks");
  if (desk.recused) says.unshift("cell_recused");
  if (desk.recused && !(isRunning(phase) && state.vote.exception)) return { look: "plain", lamp: "recused", note: null, hatched: true, says };
  if (isRunning(phase) && desk.voted) return { look: "voted", lamp: "filled", note: slow, hatched: false, says: ["cell_voted"] };
  if (isRunning(phase) && desk.present) says.push("cell_not_voted");
  if (desk.old_page) says.push("cell_old_page");
  const note = slow ?? (desk.old_page ? ["old_page", {}] : null);
  const lamp = !desk.linked ? "struck" : desk.present ? "ring" : "absent";
  return { look: "plain", lamp, note, hatched: !desk.present, says };
}
