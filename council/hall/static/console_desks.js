// The grid of desks: seven across, one place a desk, a roving tab stop. Arrows move, Enter or a click opens (or, while
// presence is marked, toggles).

import { deskView, sitsElsewhere } from "./console_cells.js";
import { isNamed, isRunning } from "./console_state.js";
import { byId, element, setAttribute, setNodes, setText } from "./element.js";
import { OPTIONS, shape } from "./shapes.js";
import { optionWord, say } from "./words.js";

const ACROSS = 7;

const OTHER = "⇄"; // sits at another's seat

const cells = new Map(); // desk_no -> {cell, number, slow, lamp, name}
let order = []; // desk numbers as they stand
let stop = null; // the desk number with the tab stop

/** onOpen(deskNo) for Enter or a click on a desk. */
export function bindDesks(onOpen) {
  const grid = byId("grid");
  const deskOf = (target) => Number(target.closest("[data-desk]")?.dataset.desk ?? 0) || null;
  grid.addEventListener("click", (event) => {
    const desk = deskOf(event.target);
    if (desk === null) return;
    moveTo(desk);
    onOpen(desk);
  });
  grid.addEventListener("keydown", (event) => {
    const desk = deskOf(event.target);
    if (desk === null || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (!event.repeat) onOpen(desk);
      return;
    }
    const at = order.indexOf(desk);
    const row = at - (at % ACROSS);
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - ACROSS,
      ArrowDown: at + ACROSS,
      Home: event.shiftKey ? 0 : row,
      End: event.shiftKey ? order.length - 1 : Math.min(row + ACROSS - 1, order.length - 1),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to < order.length) moveTo(order[to]);
  });
}

/** Put the keyboard on the grid, on desk `desk` if it is there. Answers with the desk that has it. */
export function focusDesks(desk = stop) {
  if (desk !== null && cells.has(desk)) moveTo(desk);
  return stop;
}

/** The desk that has the keyboard, or null. */
export const focusedDesk = () => (document.activeElement?.dataset?.desk ? stop : null);

/** The keyboard goes on to the next desk of which `wanted(deskNo)` is true. */
export function nextDesk(wanted) {
  const next = order.slice(order.indexOf(stop) + 1).find(wanted);
  if (next !== undefined) moveTo(next);
}

function moveTo(desk) {
  cells.get(stop)?.cell.setAttribute("tabindex", "-1");
  stop = desk;
  const { cell } = cells.get(desk);
  cell.tabIndex = 0;
  cell.focus();
}

/** Show the desks of a ConsoleState. waits(member) tells whose presence is on its way to the disk; `draft`: answers that
    are being entered by hand. */
export function showDesks(state, presence, waits, draft) {
  const numbers = state.desks.map((desk) => desk.desk_no);
  if (numbers.join() !== order.join()) build(numbers);
  setAttribute(byId("grid"), "data-presence", presence ? "on" : null);
  for (const desk of state.desks) showDesk(desk, state, presence, waits(desk.member), draft);
  fitNames(state.desks);
}

function build(numbers) {
  const held = document.activeElement?.dataset?.desk;
  order = numbers;
  cells.clear();
  const rows = [];
  for (let at = 0; at < numbers.length; at += ACROSS) {
    const row = element("div", "row");
    row.setAttribute("role", "row");
    for (const desk of numbers.slice(at, at + ACROSS)) row.append(makeCell(desk));
    rows.push(row);
  }
  byId("grid").replaceChildren(...rows);
  stop = numbers.includes(stop) ? stop : (numbers[0] ?? null);
  if (stop !== null) cells.get(stop).cell.tabIndex = 0;
  if (held !== undefined && cells.has(Number(held))) moveTo(Number(held));
  byId("legend").style.gridColumn = numbers.length % ACROSS ? `${(numbers.length % ACROSS) + 1} / -1` : "1 / -1";
}

function makeCell(desk) {
  const number = element("span", "desk-no", String(desk));
  const slow = element("span", "desk-slow");
  const lamp = element("span", "desk-lamp");
  const name = element("span", "desk-name");
  const cell = element("div", "desk", number, slow, lamp, name);
  cell.setAttribute("role", "gridcell");
  cell.dataset.desk = String(desk);
  cell.tabIndex = -1;
  cells.set(desk, { cell, number, slow, lamp, name });
  return cell;
}

function showDesk(desk, state, presence, waits, draft) {
  const { cell, number, slow, lamp, name } = cells.get(desk.desk_no);
  const seen = deskView(desk, state, draft);
  const classes = ["desk", `is-${seen.look}`, seen.hatched && "is-hatched", waits && "is-waiting"];
  const className = classes.filter(Boolean).join(" ");
  if (cell.className !== className) cell.className = className;
  const instead = seen.note !== null && seen.note[0] !== "numbered"; // that stands beside the lamp
  setText(number, seen.other ? `${desk.desk_no} ${OTHER}` : String(desk.desk_no));
  setText(slow, seen.note === null ? "" : say(...seen.note));
  setNodes(lamp, String(instead ? null : seen.lamp), () => (seen.lamp === null || instead ? [] : [shape(seen.lamp)]));
  setText(name, desk.member === null ? say("empty_desk") : desk.name);
  const says = seen.says.map((word) => say(word));
  setAttribute(cell, "aria-label", [say("dialog_desk", { no: desk.desk_no }), desk.name, ...says].filter(Boolean).join(", "));
  setAttribute(cell, "aria-busy", waits ? "true" : null);
  setAttribute(cell, "aria-selected", presence && desk.member !== null ? String(desk.present) : null);
}

// The longest surname decides for all, so that the grid stays even.
let fitted = "";

function fitNames(desks) {
  const key = `${innerWidth} ${desks.map((desk) => desk.name).join()}`;
  if (fitted === key) return;
  fitted = key;
  const grid = byId("grid");
  grid.style.setProperty("--fit", "1");
  let scale = 1;
  for (const { name } of cells.values()) scale = Math.min(scale, name.clientWidth / name.scrollWidth);
  grid.style.setProperty("--fit", String(Math.max(0.72, Math.floor(scale * 100) / 100)));
}

/** The legend in the free cells. */
export function showLegend(phase, state) {
  const legend = byId("legend");
  const sign = (className, word) => element("span", "legend-part", element("i", `legend-cell ${className}`), say(word));
  const offline = element("span", "legend-part", shape("struck"), say("legend_offline"));
  const recused = state.desks.some((desk) => desk.recused) ? [element("span", "legend-part", shape("recused"), say("cell_recused"))] : [];
  const other = state.desks.some(sitsElsewhere) ? [element("span", "legend-part", element("span", "", OTHER), say("legend_other"))] : [];
  const entered = phase === "entered" && state.desks.some((desk) => desk.option !== null);
  if (entered || isNamed(phase)) {
    const there = new Set(state.desks.map((desk) => desk.option));
    const usual = OPTIONS.slice(0, 4).filter((option) => option !== "against" || state.vote.candidates.length === 0);
    const shown = OPTIONS.filter((option) => usual.includes(option) || there.has(option));
    setNodes(legend, `${shown} ${other.length}`, () => [
      ...shown.map((option) => element("span", "legend-part", shape(option), optionWord(option))),
      ...other,
    ]);
  } else if (isRunning(phase)) {
    setNodes(legend, `open ${recused.length} ${other.length}`, () => [
      sign("is-voted", "legend_voted"),
      sign("", "legend_not_yet"),
      sign("is-hatched", "legend_away"),
      offline,
      ...recused,
      ...other,
      element("p", "legend-note", say("legend_secret")),
    ]);
  } else {
    setNodes(legend, `before ${recused.length} ${other.length}`, () => [
      ...[sign("", "legend_linked"), sign("is-hatched", "legend_away"), offline],
      ...[...recused, ...other],
    ]);
  }
}
