// What the chair's view offers: the outcome of votes and the floor, nothing else. Pure.

import { offers } from "./console_offers.js";

const BESIDE = ["decide_for", "decide_against", "pause_floor", "resume_floor", "end_floor"];

/** {main, others, all}, as the console's: announce, then the next speaker; a tie has two answers of equal weight. */
export function chairOffers(state, rights) {
  const { all } = offers(state, {}, rights);
  const main = ["announce", "next_speaker"].find((act) => all.includes(act) && !(act === "next_speaker" && state.floor.queue.length === 0)) ?? null;
  const others = BESIDE.filter((act) => all.includes(act));
  return { main, others, all: [...(main === null ? [] : [main]), ...others] };
}

/** What went wrong here and now, as the guard line's sentence, or null. */
export function trouble(local) {
  if (local.link === "down") return ["offline", {}];
  if (local.refused) return ["act_refused", { reason: local.refused }];
  if (local.lost) return ["act_lost", { act: local.lost }];
  return null;
}
