// «More…»: every act that is allowed now, with its letter; found by typing. And the two small choices of a person or a
// rehearsal.

import { cancel, close, makeForm, open, sendFrom } from "./console_dialog.js";
import { makePicker } from "./console_pick.js";
import { byId, element } from "./element.js";
import { say } from "./words.js";

/** acts(): [{act, cap, word}], what is allowed now; run(act). Other sittings of this hall and its other pages stand at
    the end. */
export function openPalette(hall, acts, run) {
  const sittings = hall.sittings
    .filter((one) => one.sitting !== hall.state.sitting.sitting)
    .map((one) => ({
      path: `/console?sitting=${encodeURIComponent(one.sitting)}`,
      word: say("switch_to", { body: one.body_name, session: one.session_label }),
    }));
  const pages = [...byId("pages").children].map((link) => ({ path: link.href, word: link.textContent }));
  const things = () => [...acts(), ...sittings, ...pages];
  let drawn = "";
  const picker = makePicker({
    label: say("palette_label"),
    things: things(),
    text: ({ word }) => word,
    draw: ({ cap, word }) => [element("kbd", cap ? "cap" : "cap is-none", cap ?? ""), element("span", "", word)],
    take({ act, path }) {
      close();
      if (path === undefined) run(act);
      else location.assign(path);
    },
    lines: 12,
  });
  const follow = () => {
    const key = JSON.stringify(things());
    if (key !== drawn) picker.renew(things());
    drawn = key;
  };
  open(say("more_title"), [picker.box, element("p", "field-note", say("palette_note")), element("div", "dialog-acts", cancel("dialog_close"))], { follow });
  picker.input.focus();
}

/** Who presides from now on. */
export function openChair(hall) {
  const alert = element("p", "dialog-error");
  alert.setAttribute("role", "alert");
  const picker = makePicker({
    label: say("chair_who"),
    things: hall.choices.members,
    text: (one) => `${one.family_name} ${one.given_name}`,
    draw: (one) => [
      element("span", "", `${one.family_name} ${one.given_name}`),
      element("span", "soft pick-end", hall.state.chair?.member === one.member ? say("chair_now") : (one.faction ?? "")),
    ],
    take: (one) =>
      hall.start("set_chair", { type: "SetChair", member: one.member }, {
        done: close,
        refused: (text) => (alert.textContent = text),
        gone: () => (alert.textContent = say("dialog_gone")),
      }),
  });
  open(say("set_chair"), [picker.box, alert, element("div", "dialog-acts", cancel())]);
  picker.input.focus();
}

/** A rehearsal: the same screens, a ledger of its own. */
export function openRehearsal(hall) {
  const made = makeForm([element("p", "", say("rehearsal_text"))], say("rehearsal_do"), () => sendFrom(made, hall, "rehearse", { type: "StartRehearsal" }));
  open(say("rehearse"), [made.form]);
  made.submit.focus();
}
