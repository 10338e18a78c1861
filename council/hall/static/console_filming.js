// A closed part of the sitting: the band that says at every moment whether the cameras have stopped, and the dialog that
// pauses filming.

import { field, input, makeForm, open, select, sendFrom } from "./console_dialog.js";
import { timeOf } from "./clock.js";
import { byId, element, setButtons, setHidden } from "./element.js";
import { bound, ofTexts, rich, say } from "./words.js";

const AGO = [0, 10, 20, 30, 60, 120, 300];

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

export function openPause(hall) {
  const { grounds } = hall.choices;
  const own = [["", say(grounds.length ? "closed_other" : "closed_typed")]];
  const ground = select([...grounds.map((one) => [one.ground, bound(ofTexts(one.text))]), ...own], "");
  const reason = input("", { maxlength: 300 });
  const ago = select(AGO.map((n) => [String(n), n === 0 ? say("closed_now") : say("closed_ago", { n })]), "0");
  const typed = field("reason", say("closed_reason"), reason, say("void_note"));
  const parts = [
    element("p", "", say("closed_text")),
    ...(grounds.length ? [field("ground", say("closed_ground"), ground)] : []),
    typed,
    field("ago", say("closed_began"), ago, say("closed_began_note")),
  ];
  const made = makeForm(parts, say("closed_do"), () => {
    const why = reason.value.trim();
    if (!ground.value && !why) return made.errors({ reason: "reason_missing" });
    const fields = { ground: ground.value || null, reason: ground.value ? null : why, seconds_ago: Number(ago.value) };
    sendFrom(made, hall, "pause_filming", { type: "PauseFilming", ...fields });
  });
  ground.addEventListener("change", () => setHidden(typed, ground.value !== ""));
  open(say("pause_filming"), [made.form]);
  (grounds.length ? ground : reason).focus();
}
