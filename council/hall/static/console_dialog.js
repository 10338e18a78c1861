// The one <dialog> of the console, filled anew each time; what a form in it is made of. Esc and a click beside it close.

import { byId, element, setAttribute } from "./element.js";
import { asReason, say } from "./words.js";

const dialog = byId("dialog");
let current = {};

export const isOpen = () => dialog.open;
export const close = () => dialog.close();

dialog.addEventListener("close", () => {
  current = {};
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
  if (plain && !event.repeat && current.keys && current.keys(event)) return event.preventDefault();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.target.tagName !== "BUTTON") return;
  event.preventDefault();
  const buttons = [...dialog.querySelectorAll("button:not(:disabled)")];
  buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length]?.focus();
});

/** Show `body` (nodes) under a title. follow(state): called with each new ConsoleState; keys(event): true, the key was
    meant for the dialog; wide: for a form of two columns. */
export function open(title, body, { follow = null, keys = null, wide = false } = {}) {
  current = { follow, keys };
  byId("dialog-title").textContent = title.replace(/…$/, ""); // of an act's word
  dialog.classList.toggle("is-wide", wide);
  byId("dialog-body").replaceChildren(...body);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

/** Whether the dialog that was opened with this `follow` is still the one that is shown. */
export const shows = (follower) => dialog.open && current.follow === follower;

/** Let an open dialog follow a new ConsoleState. */
export const follow = (state) => current.follow?.(state);

export function button(className, word, act) {
  const made = element("button", className, ...(Array.isArray(word) ? word : [word]));
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

export const cancel = (word = "dialog_cancel") => button("outlined", say(word), close);

/** A control under its label, over the place for its error. `note`: a sentence that helps. */
export function field(name, word, control, note = null) {
  control.id = `field-${name}`;
  const label = element("label", "field-label", word);
  label.htmlFor = control.id;
  const told = note === null ? null : element("p", "field-note", note);
  if (told !== null) told.id = `note-${name}`;
  const error = element("p", "field-error");
  error.id = `error-${name}`;
  const box = element("div", "field", label, control, told, error);
  box.dataset.field = name;
  setAttribute(control, "aria-describedby", told === null ? error.id : `${told.id} ${error.id}`);
  return box;
}

export function input(value = "", attributes = {}) {
  const made = element("input", "input");
  made.type = "text";
  made.autocomplete = "off";
  made.value = value;
  for (const [name, one] of Object.entries(attributes)) made.setAttribute(name, one);
  if (attributes.inputmode === "numeric") {
    made.addEventListener("input", () => /\D/.test(made.value) && (made.value = made.value.replace(/\D/g, ""))); // figures alone
  }
  return made;
}

export function textarea(value = "", rows = 3) {
  const made = element("textarea", "input");
  made.rows = rows;
  made.value = value;
  return made;
}

/** A <select> of [value, word] pairs. */
export function select(pairs, value) {
  const made = element("select", "input");
  for (const [one, word] of pairs) {
    const option = element("option", "", word);
    option.value = one;
    made.append(option);
  }
  made.value = value;
  return made;
}

/** A group of radio buttons in a fieldset: [[value, word]], `take(value)` on each change. */
export function radios(name, legend, pairs, value, take) {
  const set = element("fieldset", "radios", element("legend", "field-label", legend));
  set.dataset.field = name;
  for (const [one, word] of pairs) {
    const radio = element("input");
    Object.assign(radio, { type: "radio", name, value: one, checked: one === value });
    radio.addEventListener("change", () => take(one));
    set.append(element("label", "radio", radio, element("span", "", ...(Array.isArray(word) ? word : [word]))));
  }
  return set;
}

/** A form: its parts, an alert, and the button that sends. onSubmit() is called while nothing is on its way.
 *
 * Returns {form, submit, fail(text), errors({field: word}), busy(on)}. An error of no field is said in the alert. */
export function makeForm(parts, word, onSubmit, { extra = [], className = "" } = {}) {
  const alert = element("p", "dialog-error");
  alert.setAttribute("role", "alert");
  const submit = element("button", "filled", word);
  const foot = element("div", "dialog-acts", submit, ...extra, cancel());
  const form = element("form", `dialog-form ${className}`, ...parts, alert, foot);
  if (form.querySelector("textarea") !== null) foot.append(element("kbd", "hint", "Ctrl+Enter")); // sends from its lines
  form.noValidate = true;
  let waits = false;
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (waits) return;
    errors({});
    onSubmit();
  });

  function fail(text) {
    alert.textContent = text;
  }

  function errors(found) {
    const boxes = [...form.querySelectorAll("[data-field]")].filter((box) => box.querySelector(".field-error") !== null);
    for (const box of boxes) {
      const word = found[box.dataset.field];
      box.querySelector(".field-error").textContent = word ? say(word) : "";
      const control = box.querySelector(".input");
      if (control !== null) setAttribute(control, "aria-invalid", word ? "true" : null);
    }
    const named = boxes.map((box) => box.dataset.field);
    fail(Object.entries(found).filter(([name]) => !named.includes(name)).map(([, word]) => say(word)).join(" "));
    boxes.find((box) => found[box.dataset.field])?.querySelector(":is(input, textarea, select):enabled")?.focus();
  }

  function busy(on) {
    waits = on;
    setAttribute(submit, "aria-busy", on ? "true" : null);
    submit.textContent = on ? say("sending") : word;
  }

  return { form, submit, fail, errors, busy };
}

/** Send an act from a form: the dialog closes when it is done, and says why if it is not. then(answer), not(code). */
export function sendFrom(made, hall, name, fields, then = close, not = () => {}) {
  made.busy(true);
  hall.start(name, fields, {
    done(answer) {
      made.busy(false);
      then(answer);
    },
    refused(text, code) {
      made.busy(false);
      made.fail(say("dialog_refused", { reason: asReason(text) }));
      not(code);
    },
    gone() {
      made.busy(false);
      made.fail(say("dialog_gone"));
    },
  });
}
