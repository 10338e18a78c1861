// A list that is filtered by typing: one thing of many, by the keyboard alone. A combobox over its listbox.

import { find } from "./console_find.js";
import { element, setAttribute } from "./element.js";
import { say } from "./words.js";

/** things; text(thing): what is searched; draw(thing): nodes of its line; take(thing); extra(typed): things besides
 *  those found (a guest's name). Returns {box, input, renew(things)}. */
export function makePicker({ label, things, text, draw, take, extra = () => [], lines = 8 }) {
  let all = things;
  let shown = [];
  let active = 0;
  const input = element("input", "input");
  Object.assign(input, { type: "text", autocomplete: "off", id: "pick", spellcheck: false });
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "true", "aria-controls": "pick-list", "aria-autocomplete": "list" })) {
    input.setAttribute(name, value);
  }
  const name = element("label", "field-label", label);
  name.htmlFor = "pick";
  const list = element("ul", "pick-list");
  list.id = "pick-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  list.style.setProperty("--lines", String(lines));
  const none = element("p", "soft pick-none");
  none.setAttribute("role", "status");
  const box = element("div", "pick", name, input, list, none);

  function show() {
    shown = [...find(all, input.value, text), ...extra(input.value.trim())];
    active = Math.max(0, Math.min(active, shown.length - 1));
    list.replaceChildren(
      ...shown.map((thing, i) => {
        const line = element("li", "pick-line", ...draw(thing));
        line.id = `pick-${i}`;
        line.setAttribute("role", "option");
        line.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the keyboard
        line.addEventListener("click", () => take(thing));
        return line;
      }),
    );
    list.hidden = shown.length === 0;
    none.textContent = shown.length === 0 ? say("pick_none") : "";
    mark();
  }

  function mark() {
    [...list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === active)));
    setAttribute(input, "aria-activedescendant", shown.length ? `pick-${active}` : null);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  input.addEventListener("input", () => {
    active = 0;
    show();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: lines, PageUp: -lines }[event.key];
    if (step !== undefined && shown.length) {
      event.preventDefault();
      active = Math.abs(step) === 1 ? (active + step + shown.length) % shown.length : Math.max(0, Math.min(shown.length - 1, active + step));
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!event.repeat && shown.length) take(shown[active]);
    }
  });
  show();
  return {
    box,
    input,
    renew(changed) {
      all = changed;
      show();
    },
  };
}
