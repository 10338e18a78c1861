// Acts on their way from the console to the hall: each has a random name, is answered by Done or Refused, and is sent
// again after a lost link while it is young. An old one is given up aloud: the clerk looks and decides again.

import { randomId } from "./socket.js";

const YOUNG_MS = 10_000;

/** send(message) -> bool; onChange(); onGone(sent): given up; onRefused(sent, text). Who starts an act may answer for
    itself: `on` {done(message), refused(text, code), gone()}. */
export function makeActs({ send, onChange, onGone, onRefused }) {
  const sent = new Map(); // act id -> {name, message, at, on}

  return {
    /** Send what `make(id)` gives; `name` says which act or whose presence waits. */
    start(name, make, on = {}) {
      const id = randomId();
      const started = { name, message: make(id), at: performance.now(), on };
      sent.set(id, started);
      send(started.message);
      onChange();
    },
    waits: (name) => [...sent.values()].some((one) => one.name === name),
    answered(message) {
      const started = sent.get(message.act);
      if (started === undefined) return;
      sent.delete(message.act);
      if (message.type !== "Refused") started.on.done?.(message);
      else if (started.on.refused) started.on.refused(message.text, message.code);
      else onRefused(started, message.text);
      onChange();
    },
    again() {
      for (const started of sent.values()) send(started.message);
    },
    tick(at) {
      for (const [id, started] of sent) {
        if (at - started.at < YOUNG_MS) continue;
        sent.delete(id);
        if (started.on.gone) started.on.gone();
        else onGone(started);
        onChange();
      }
    },
  };
}
