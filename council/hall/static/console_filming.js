// A closed part of the sitting: the band that says at every moment whether the cameras have stopped.

import { timeOf } from "./clock.js";
import { byId, element, setButtons, setHidden } from "./element.js";
import { rich, say } from "./words.js";

/** What the band says of a ConsoleState: [{word, values}], and whether a camera films; null: no part is closed. */
export function closedWords({ closed, sitting }) {
  if (!closed) return null;
  const reason = closed.source ? `${closed.reason} (${closed.source})` : closed.reason;
  const head = ["closed_part", { time: timeOf(closed.since, sitting.timezone), reason }];
  const films = closed.cameras.filter((camera) => !camera.stopped).map((camera) => camera.name);
  if (films.length) return { says: [["closed_filming", { names: films.join(", ") }]], films: true }; // one line, and nothing else
  if (sitting.mode === "rehearsal") return { says: [head, ["closed_rehearsed", {}]], films: false };
  const { length } = closed.cameras;
  return { says: [head, length ? ["closed_stopped", { n: length }] : ["closed_no_camera", {}]], films: false };
}

/** button: of the act that ends it, or null; `key`: changes with it. */
export function showClosed(state, key, button) {
  const told = closedWords(state);
  const band = byId("closed");
  setHidden(band, told === null);
  if (told === null) return;
  band.className = `closed${told.films ? " is-filming" : ""}`;
  setButtons(band, JSON.stringify([told, key]), () => [
    ...told.says.map((one) => {
      const line = element("span", "", ...rich(...one));
      line.setAttribute("role", told.films ? "alert" : "status");
      return line;
    }),
    ...(button() === null ? [] : [button()]),
  ]);
}
