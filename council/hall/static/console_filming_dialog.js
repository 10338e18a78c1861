// The dialog that pauses filming for a closed part: its ground, and since when.

import { field, input, makeForm, open, select, sendFrom } from "./console_dialog.js";
import { element, setHidden } from "./element.js";
import { bound, ofTexts, say } from "./words.js";

const AGO = [0, 10, 20, 30, 60, 120, 300];

export function openPause(hall) {
  const { grounds } = hall.choices;
  const own = [["", say(grounds.length ? "closed_other" : "closed_typed")]];
  const ground = select([...grounds.map((one) => [one.ground, bound(ofTexts(one.text))]), ...own], "");
  const reason = input("", { maxlength: 300 });
  const ago = select(AGO.map((n) => [String(n), n === 0 ? say("closed_now") : say("closed_ago", { n })]), "0");
  const typed = field("reason", say("closed_reason"), reason, say("closed_reason_note"));
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
