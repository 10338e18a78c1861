// The agenda's dialogs: which item to call; items added, withdrawn and put in another order, by which vote.

import { button, cancel, close, field, input, makeForm, open, select, sendFrom, textarea } from "./console_dialog.js";
import { makePicker } from "./console_pick.js";
import { byId, element } from "./element.js";
import { asReason, bound, ofTexts, say } from "./words.js";

/** Which item to call. */
export function openItems(hall) {
  const { state } = hall;
  const things = state.agenda.filter((item) => item.state !== "withdrawn" && item.state !== "current");
  const next = things.findIndex((item) => item.item === state.next_item);
  const picker = makePicker({
    label: say("pick_item"),
    things: next > 0 ? [...things.slice(next), ...things.slice(0, next)] : things,
    text: (item) => `${item.item} ${item.title}`,
    draw: (item) => [
      element("b", "pick-no", item.item),
      element("span", "serif", bound(item.title)),
      element("span", "soft pick-end", item.verdict === null ? "" : ofTexts(item.verdict)),
    ],
    take: (item) => {
      close();
      hall.start("call_item", { type: "CallItem", item: item.item });
    },
  });
  open(say("dialog_items"), [picker.box, element("div", "dialog-acts", cancel())], { wide: true });
  picker.input.focus();
}

/** The whole agenda, to be changed: Alt with arrows moves an item, Delete withdraws it. */
export function openAgenda(hall) {
  const items = () => hall.state.agenda.filter((item) => item.state !== "withdrawn");
  let order = items().map((item) => item.item);
  let held = null; // the item that has the keyboard
  const decided = votePart(hall.state);
  const alert = element("p", "dialog-error");
  alert.setAttribute("role", "alert");
  const list = element("ol", "agenda-list");
  const save = button("filled", say("agenda_save"), () => send("agenda_order", { type: "ReorderAgenda", order, vote_n: decided.read() }));

  const send = (name, fields) =>
    hall.start(name, fields, {
      done: close,
      refused: (text) => (alert.textContent = say("dialog_refused", { reason: asReason(text) })),
      gone: () => (alert.textContent = say("dialog_gone")),
    });

  function move(item, by) {
    const at = order.indexOf(item);
    const to = at + by;
    if (to < 0 || to >= order.length) return;
    order.splice(at, 1);
    order.splice(to, 0, item);
    held = item;
    draw();
  }

  function withdraw(item) {
    openWithdraw(hall, items().find((one) => one.item === item));
  }

  function line(item) {
    const title = element("span", "serif", bound(item.title));
    const made = element("li", "agenda-line", element("b", "pick-no", item.item), title);
    const act = (word, sign, does) => {
      const one = button("plain", sign, does);
      one.setAttribute("aria-label", `${say(word)}: ${item.item}`);
      one.title = say(word);
      one.tabIndex = -1;
      return one;
    };
    const acts = [act("agenda_up", "↑", () => move(item.item, -1)), act("agenda_down", "↓", () => move(item.item, 1))];
    if (item.state !== "current" && hall.rights.has("WithdrawItem")) acts.push(act("agenda_withdraw", "✕", () => withdraw(item.item)));
    made.append(element("span", "agenda-moves", ...acts));
    made.tabIndex = 0;
    made.dataset.item = item.item;
    return made;
  }

  function draw() {
    const known = new Map(items().map((item) => [item.item, item]));
    order = [...order.filter((item) => known.has(item)), ...[...known.keys()].filter((item) => !order.includes(item))];
    list.replaceChildren(...order.map((item) => line(known.get(item))));
    save.disabled = order.join() === [...known.keys()].join();
    if (held !== null) list.querySelector(`[data-item="${CSS.escape(held)}"]`)?.focus();
  }

  list.addEventListener("keydown", (event) => {
    const item = event.target.closest("[data-item]")?.dataset.item;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (item === undefined || event.target.tagName === "BUTTON") return;
    if (step !== undefined && event.altKey) move(item, step);
    else if (step !== undefined) event.target[step < 0 ? "previousElementSibling" : "nextElementSibling"]?.focus();
    else if (event.key === "Delete" && hall.rights.has("WithdrawItem")) withdraw(item);
    else return;
    event.preventDefault();
  });
  list.addEventListener("focusin", (event) => (held = event.target.closest("[data-item]")?.dataset.item ?? null));

  draw();
  const add = hall.rights.has("AddItem") ? [button("outlined", say("agenda_add"), () => openAdd(hall))] : [];
  const body = [element("p", "field-note", say("agenda_note")), list, decided.box, alert, element("div", "dialog-acts", save, ...add, cancel())];
  open(say("change_agenda"), body, { wide: true, follow: draw });
  list.querySelector("[data-item]")?.focus();
}

// Which vote decided so; procedural ones are the likely ones, the latest first.
function votePart(state) {
  const votes = state.votes.filter((vote) => vote.state === "announced" || vote.state === "closed" || vote.state === "secret");
  const pairs = [["", say("agenda_no_vote")], ...votes.map((vote) => [String(vote.n), `${say("numbered", { n: vote.n })}. ${bound(vote.title)}`])];
  const control = select(pairs, "");
  return { box: field("vote_n", say("agenda_vote"), control), read: () => Number(control.value) || null };
}

function openAdd(hall) {
  const { state } = hall;
  const title = textarea("", 3);
  title.maxLength = 4000;
  const number = input(freeNumber(state.agenda), { maxlength: 16 });
  const after = select([["", say("agenda_at_end")], ...state.agenda.filter((item) => item.state !== "withdrawn").map((item) => [item.item, bound(`${item.item}. ${item.title}`)])], "");
  const ground = input("", { maxlength: 300 });
  const decided = votePart(state);
  const made = makeForm(
    [
      field("title", say("agenda_title"), title),
      field("item", say("agenda_number"), number),
      field("after", say("agenda_after"), after),
      decided.box,
      field("ground", say("agenda_ground"), ground, say("agenda_ground_note")),
    ],
    say("agenda_add"),
    () => {
      const errors = {};
      if (!title.value.trim()) errors.title = "text_missing";
      if (!/^[\p{L}\p{N}][\p{L}\p{N}.-]{0,15}$/u.test(number.value.trim())) errors.item = "agenda_number_bad";
      else if (state.agenda.some((item) => item.item === number.value.trim())) errors.item = "agenda_number_taken";
      if (Object.keys(errors).length) return made.errors(errors);
      sendFrom(made, hall, "add_item", {
        type: "AddItem",
        item: number.value.trim(),
        title: title.value.trim().replace(/\s+/g, " "),
        after: after.value || null,
        vote_n: decided.read(),
        ground: ground.value.trim() || null,
      });
    },
    { className: "is-vote" },
  );
  open(say("agenda_add"), [made.form], { wide: true });
  title.focus();
}

/** The next whole number that no item has. */
export function freeNumber(agenda) {
  const taken = agenda.map((item) => Number(item.item)).filter(Number.isInteger);
  return String(Math.max(0, ...taken) + 1);
}

function openWithdraw(hall, item) {
  const decided = votePart(hall.state);
  const made = makeForm([element("p", "serif", bound(`${item.item}. ${item.title}`)), decided.box], say("agenda_withdraw"), () =>
    sendFrom(made, hall, "withdraw_item", { type: "WithdrawItem", item: item.item, vote_n: decided.read() }),
  );
  open(say("dialog_withdraw", { item: item.item }), [made.form]);
  byId("dialog-body").querySelector("select").focus();
}
