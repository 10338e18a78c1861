// Acts on their way from the console to the hall: each has a random name, is answered by Done or Refused, and is sent
// again after a lost link while it is young. An old one is given up aloud: the clerk looks and decides again.

import { randomId } from "./socket.js";

const YOUNG_MS = 10_000;

/** send(message) -> bool; onChange(); onGone(sent): given up; onRefused(sent, text); onMade(sent, message). */
export function makeActs({ send, onChange, onGone, onRefused, onMade }) {
  const sent = new Map(); // act id -> {name, message, at}

  return {
    /** Send what `make(id)` gives; `name` says which act or whose presence waits. */
    start(name, make) {
      const id = randomId();
      const started = { name, message: make(id), at: performance.now() };
      sent.set(id, started);
      send(started.message);
      onChange();
    },
    waits: (name) => [...sent.values()].some((one) => one.name === name),
    waiting: (name) => [...sent.values()].find((one) => one.name === name)?.message ?? null,
    answered(message) {
      const started = sent.get(message.act);
      if (started === undefined) return;
      sent.delete(message.act);
      if (message.type === "Refused") onRefused(started, message.text);
      if (message.type === "EnrolmentMade") onMade(started, message);
      onChange();
    },
    again() {
      for (const started of sent.values()) send(started.message);
    },
    tick(at) {
      for (const [id, started] of sent) {
        if (at - started.at < YOUNG_MS) continue;
        sent.delete(id);
        onGone(started);
        onChange();
      }
    },
  };
}
