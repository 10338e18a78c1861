// The seat terminal's page: keys, touches and messages into terminal_state.js; its presses, signed, to the hall. What is
// seen is put on the screen by terminal_draw.js.

import { byId } from "./element.js";
import { keepTitleFitted } from "./fit.js";
import { REPLACED, connect, randomId, serverNow } from "./socket.js";
import { draw, drawTime, onInput, refit } from "./terminal_draw.js";
import { helloText, maySign, pressText, readKey, sign } from "./terminal_key.js";
import { controlsOf, isLive, memberNow, needsSeat, runningVote } from "./terminal_now.js";
import { keepReceipt, remember, remembered } from "./terminal_receipt.js";
import { CHORD_MS } from "./terminal_side.js";
import { begin, step } from "./terminal_state.js";
import { lang, page } from "./words.js";

let state = begin(randomId(), remembered());
let socket = null;
let signing = Promise.resolve(); // presses go out in the order in which they were pressed

function happen(event) {
  const result = step(state, { ...event, at: performance.now() });
  if (result.state.receipt !== state.receipt) remember(result.state.receipt);
  state = result.state;
  for (const message of result.send) post(message);
  if (result.buzz !== null) navigator.vibrate?.(result.buzz);
  if (result.keep !== null) keepReceipt(result.keep);
  if (event.type === "Key" || event.type === "Digit") setTimeout(() => happen({ type: "Tick" }), CHORD_MS + 1);
  draw(state, serverNow());
}

const key = maySign() ? readKey(page.public_key) : Promise.resolve(null);

function post(message) {
  const text =
    message.type === "PressOption" ? pressText(message, state.chamber.sitting.sitting, memberNow(state).member) : null;
  signing = signing.then(async () => {
    const signature = text === null ? {} : { signature: await sign(await key, text) };
    socket.send({ ...message, ...signature }); // if the line is gone meanwhile, the state sends it again
  });
}

async function start() {
  if (!maySign()) {
    happen({ type: "Keyless" });
    return;
  }
  const kept = await key;
  if (kept === null) {
    location.replace("/terminal?key=lost");
    return;
  }
  socket = connect({
    url: page.ws,
    build: page.build,
    lang,
    boot: state.boot,
    prove: (nonce) => sign(kept, helloText(nonce, state.boot)),
    onMessage: (message) => happen(message),
    onLink: (link, code) => happen({ type: "Link", link: code === REPLACED ? "replaced" : link }),
    mayReload: () => runningVote(state) === null,
  });
}

// --- input ---------------------------------------------------------------------------------------------------------

onInput(happen);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const made = eventOf(event);
  if (made !== null) {
    event.preventDefault();
    if (!event.repeat || made.control === "Backspace") happen(made);
  } else if (event.repeat && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault(); // a held Enter on a key is one press
  }
});

// What a key of the keyboard means to the state, or null where it is the browser's.
function eventOf({ code, key: char, target }) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (digit !== undefined) return { type: "Digit", digit };
  const control = { Enter: "Enter", NumpadEnter: "Enter", Escape: "Escape", Backspace: "Backspace" }[code];
  if (control !== undefined) {
    const own = control === "Enter" && target instanceof HTMLButtonElement && target.matches(":focus-visible");
    return control in controlsOf(state) && !own ? { type: "Do", control } : null;
  }
  // a card reader may type letters too
  const typed = needsSeat(state) && state.seatBy === "card" && /^[A-Za-z:-]$/.test(char);
  return typed && !isLive(state) ? { type: "Char", char } : null;
}

setInterval(() => happen({ type: "Tick" }), 200);
setInterval(() => drawTime(state, serverNow()), 50);
keepTitleFitted(byId("title"));
addEventListener("resize", refit);
document.fonts?.ready.then(refit);
draw(state, serverNow());
start();
