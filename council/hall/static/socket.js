// The one connection of a hall page: Hello (a terminal proves its key first), a Ping each second, reconnecting by
// itself, the server's clock.
//
// The link is "up" only while Pongs come: none for 2 s, or a lost socket, is "down". A page of another build reloads
// itself when it may. Nothing is queued here: who sends while the link is down is told so and repeats when it is up.

const PING_MS = 1000;
const TICK_MS = 250;
const SILENT_MS = 2000; // no Pong for this long: the link is down
const GIVE_UP_MS = 5000; // no Pong, or no open socket, for this long: try a new one
const RETRY_MS = [200, 3000];
const SAMPLE_MS = 30_000; // how long a measured clock offset counts
const PROTOCOL = 2;

export const REPLACED = 4001; // this terminal was opened elsewhere
const STALE = 4002; // another protocol: a newer page speaks it
const UNKNOWN = 4004; // the terminal's key or the clerk's login is gone: the page's address leads to the way back

/** A random boot or act id: 16 hex digits. */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The offset of the server's clock to ours, from the sample with the shortest way; a clock that moved starts anew. */
export function makeClock() {
  let samples = []; // {at, rtt, offset}, ms
  const best = () => samples.reduce((least, sample) => (sample.rtt < least.rtt ? sample : least));
  return {
    sample(at, rtt, serverMs) {
      const sample = { at, rtt, offset: serverMs - (at - rtt / 2) };
      samples = samples.filter((old) => at - old.at < SAMPLE_MS);
      if (samples.length && Math.abs(best().offset - sample.offset) > (best().rtt + rtt) / 2 + 50) samples = [];
      samples.push(sample);
    },
    now: (at) => at + (samples.length ? best().offset : Date.now() - at),
  };
}

let pageClock = makeClock(); // of the page's one connection

/** The server's clock, ms since 1970; our own until the first answer. */
export const serverNow = () => pageClock.now(performance.now());

/** Connect and stay connected.
 *
 * url: path of the websocket; build, lang: of the page; boot: a terminal's, or null. prove(nonce): a terminal's answer to
 * the hall's Challenge, a promise of its signature; without it there is none, and Hello is said at once.
 * onMessage(message) for all but Pong and Challenge; onLink("up" | "down", closeCode | null); mayReload(): false while a
 * reload would disturb. Returns {send, now, rtt, reloadIfDue}. */
export function connect({ url, build, lang, boot = null, prove = null, onMessage, onLink, mayReload = () => true }) {
  const address = new URL(url, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const clock = (pageClock = makeClock());
  let socket = null;
  let up = null; // null until the first answer or failure
  let welcomed = false;
  let startedAt = 0;
  let pongAt = 0;
  let tickedAt = performance.now();
  let pingedAt = 0;
  let rtt = null;
  let tries = 0;
  let retry = null;
  let reloadDue = false;

  function setUp(now, code = null) {
    if (up === now) return;
    up = now;
    onLink(up ? "up" : "down", code);
  }

  function reloadIfDue(now = mayReload()) {
    if (!reloadDue || !now) return;
    const last = Number(sessionStorage.getItem("reloaded") ?? 0);
    if (Date.now() - last < 10_000) return; // a server between two builds must not make pages spin
    sessionStorage.setItem("reloaded", String(Date.now()));
    location.reload();
  }

  function send(message) {
    if (!welcomed || socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  function ping() {
    pingedAt = performance.now();
    send({ type: "Ping", t: performance.now(), rtt_ms: rtt === null ? null : Math.round(rtt) });
  }

  function hello(to, signature) {
    if (to !== socket || to.readyState !== WebSocket.OPEN) return; // another connection has begun meanwhile
    startedAt = performance.now();
    to.send(JSON.stringify({ type: "Hello", protocol: PROTOCOL, boot, signature, build, lang }));
  }

  function received(message) {
    const at = performance.now();
    if (message.type === "Challenge") {
      const asked = socket;
      prove?.(message.nonce).then(
        (signature) => hello(asked, signature),
        () => hello(asked, null), // the hall says why it lets nobody in who proves nothing
      );
      return;
    }
    if (message.type === "Pong") {
      pongAt = at;
      rtt = at - message.t;
      clock.sample(at, rtt, Date.parse(message.server_time));
      setUp(true);
      return;
    }
    if (message.type === "Welcome") {
      welcomed = true;
      tries = 0;
      pongAt = at;
      clock.sample(at, at - startedAt, Date.parse(message.server_time));
      reloadDue ||= message.build !== build;
      ping();
      onMessage(message);
      setUp(true);
    } else {
      onMessage(message);
    }
    reloadIfDue();
  }

  function drop(code) {
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      socket = null;
    }
    welcomed = false;
    setUp(false, code);
    if (code === REPLACED) return; // two pages of one terminal must not push each other out for ever
    if (code === STALE || code === UNKNOWN) {
      reloadDue = true;
      reloadIfDue(code === UNKNOWN || mayReload());
    }
    const [least, most] = RETRY_MS;
    const ceiling = Math.min(most, least * 2 ** ++tries);
    retry = setTimeout(open, least + Math.random() * (ceiling - least));
  }

  function open() {
    clearTimeout(retry);
    startedAt = performance.now();
    socket = new WebSocket(address);
    socket.onopen = () => {
      startedAt = performance.now();
      if (prove === null) hello(socket, null);
    };
    socket.onmessage = (event) => received(JSON.parse(event.data));
    socket.onclose = (event) => drop(event.code);
  }

  function tick() {
    const at = performance.now();
    const slept = at - tickedAt > 3 * PING_MS; // a sleeping page measured nothing: ask again before judging
    tickedAt = at;
    if (socket === null) return;
    if (slept) pongAt = startedAt = at;
    if (!welcomed) {
      if (at - startedAt > GIVE_UP_MS) drop(null);
      return;
    }
    if (at - pongAt > GIVE_UP_MS) drop(null);
    else if (at - pongAt > SILENT_MS) setUp(false);
    if (at - pingedAt > PING_MS - TICK_MS / 2) ping();
  }

  setInterval(tick, TICK_MS);
  addEventListener("online", () => socket === null && open());
  addEventListener("offline", () => setUp(false));
  open();
  return { send, reloadIfDue, now: serverNow, rtt: () => rtt };
}
