// Making and changing elements. Text goes in as text; nothing is touched that already says what it should, so that a
// screen reader is not told the same thing twice.

import { isPressed } from "./pressed.js";

/** An element with a class and children (nodes or strings; null is left out). */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Set an element's text if it says something else. Returns whether it changed. */
export function setText(target, text) {
  if (target.textContent === text) return false;
  target.textContent = text;
  return true;
}

/** Put nodes in place of what is there, if `key` (what they say) is not what was put there last. */
export function setNodes(target, key, make) {
  if (target.dataset.says === key) return false;
  target.dataset.says = key;
  target.replaceChildren(...make());
  return true;
}

/** The same for nodes that can be pressed: while one is, they stay, and a later call puts the new ones. */
export const setButtons = (target, key, make) => !isPressed(target) && setNodes(target, key, make);

export function setHidden(target, hidden) {
  if (target.hidden !== hidden) target.hidden = hidden;
}

/** Set or remove an attribute. */
export function setAttribute(target, name, value) {
  if (value === null) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}
