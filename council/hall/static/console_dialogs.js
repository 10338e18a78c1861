// The console's dialogs: a desk, the time of a vote, which item to call. One <dialog>, filled anew each time.

import { nextSeconds, offers } from "./console_state.js";
import { minutesOf, timeOf } from "./clock.js";
import { byId, element } from "./element.js";
import { bound, say } from "./words.js";

const TIMES = [30, 60, 90, 120, 180, 300];

const dialog = byId("dialog");
let refresh = null; // for a dialog that follows the state

export const isOpen = () => dialog.open;

dialog.addEventListener("close", () => {
  refresh = null;
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // a click beside it
});
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.target.tagName === "INPUT") return;
  event.preventDefault();
  const buttons = [...dialog.querySelectorAll("button")];
  buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length]?.focus();
});

function show(title, body) {
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...body);
  if (!dialog.open) dialog.showModal();
}

/** Let an open dialog follow a new ConsoleState. */
export function follow(state) {
  refresh?.(state);
}

function button(className, word, act) {
  const made = element("button", className, word);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

const done = (word) => button("outlined", say(word), () => dialog.close());

/** The time of the next vote: choose(seconds | null). */
export function openTime(state, local, choose) {
  const take = (seconds) => {
    choose(seconds);
    dialog.close();
  };
  const now = nextSeconds(state, local);
  const option = (seconds) => {
    const made = button("choice", seconds === null ? say("no_limit") : minutesOf(seconds * 1000), () => take(seconds));
    made.setAttribute("aria-pressed", String(seconds === now));
    return made;
  };
  const input = element("input");
  Object.assign(input, { type: "number", min: 5, max: 86_400, id: "seconds", inputMode: "numeric", required: true });
  if (now !== null && !TIMES.includes(now)) input.value = String(now);
  const label = element("label", "", say("time_seconds"));
  label.htmlFor = "seconds";
  const bad = element("p", "dialog-error");
  bad.setAttribute("role", "alert");
  const form = element("form", "time-form", label, input, element("button", "outlined", say("time_set")), bad);
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.checkValidity()) take(Number(input.value));
    else bad.textContent = say("time_bad");
  });
  show(say("dialog_time"), [element("div", "choices", ...[...TIMES, null].map(option)), form, done("dialog_cancel")]);
  dialog.querySelector('[aria-pressed="true"]')?.focus();
}

/** Which item to call: call(item), or close the sitting: finish(). */
export function openItems(state, call, finish) {
  const lines = state.agenda.map((item) => {
    const made = button("choice choice-item", "", () => {
      dialog.close();
      call(item.item);
    });
    made.append(element("b", "", item.item), element("span", "serif", bound(item.title)));
    made.disabled = item.state === "current";
    return made;
  });
  show(say("dialog_items"), [element("div", "choices is-list", ...lines)]);
  const foot = element("div", "dialog-acts", done("dialog_cancel"));
  if (offers(state).main !== "close_sitting") {
    let armed = false;
    const finishing = button("outlined", say("close_sitting"), () => {
      if (!armed) {
        finishing.textContent = say("confirm_close_sitting", { key: "Enter" });
        setTimeout(() => (armed = true), 1000);
        return;
      }
      dialog.close();
      finish();
    });
    foot.append(finishing);
  }
  byId("dialog-body").append(foot);
  const next = state.agenda.findIndex((item) => item.item === state.next_item);
  (lines[next] ?? lines.find((made) => !made.disabled))?.focus();
}

/** One desk: its member's presence, its terminals. acts: {presence(desk), enrol(desk), revoke(desk)}. */
export function openDesk(deskNo, state, acts) {
  let revoking = false;
  let revoked = false;
  let code = null; // EnrolmentMade
  const find = (now) => now.desks.find((desk) => desk.desk_no === deskNo);

  function body(now) {
    const desk = find(now);
    const parts = [element("p", "desk-who", desk?.member ? desk.name : say("cell_empty")), element("p", "soft", words(desk))];
    const rows = element("div", "dialog-acts is-column");
    if (desk?.member && now.sitting.state === "open") {
      rows.append(button("outlined", say(desk.present ? "set_absent" : "set_present"), () => acts.presence(desk)));
    }
    rows.append(button("outlined", say("enrol"), () => acts.enrol(deskNo)));
    if (desk?.enrolled) {
      const word = revoking ? "confirm_revoke" : "revoke";
      rows.append(
        button("outlined", say(word), () => {
          if (revoking) {
            acts.revoke(deskNo);
            revoked = true;
          }
          revoking = !revoking;
          draw(now);
        }),
      );
    }
    if (code !== null) parts.push(enrolment(now));
    else if (revoked && !desk?.enrolled) parts.push(element("p", "dialog-note", say("revoked")));
    return [...parts, rows, done("dialog_close")];
  }

  function enrolment(now) {
    return element(
      "div",
      "enrolment",
      element("p", "", say("enrol_address")),
      element("p", "enrol-address", `${location.origin}/terminal`),
      element("p", "", say("enrol_code")),
      element("p", "enrol-code", code.code),
      element("p", "soft", say("enrol_until", { time: timeOf(code.expires_at, now.sitting.timezone) })),
    );
  }

  function draw(now) {
    const held = [...dialog.querySelectorAll("button")].indexOf(document.activeElement);
    show(say("dialog_desk", { no: deskNo }), body(now));
    dialog.querySelectorAll("button")[Math.max(0, held)]?.focus();
  }

  let drawn = "";
  draw(state);
  refresh = (now) => {
    const key = JSON.stringify([find(now), now.sitting.state]);
    if (key !== drawn) draw(now);
    drawn = key;
  };
  return {
    made(message) {
      if (message.desk_no !== deskNo || refresh === null) return;
      code = message;
      draw(state);
    },
  };
}

function words(desk) {
  if (!desk) return say("terminal_none");
  const member = desk.member === null ? [] : [say(desk.present ? "cell_present" : "cell_away")];
  if (!desk.enrolled && !desk.linked) return [...member, say("terminal_none")].join(" · ");
  if (!desk.linked) return [...member, say("terminal_off")].join(" · ");
  const linked = desk.rtt_ms === null ? say("terminal_linked_plain") : say("terminal_linked", { ms: desk.rtt_ms });
  return [...member, linked].join(" · ");
}
