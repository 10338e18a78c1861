// The page's line to the hall: server-sent events, with one answer to "is it fresh?".
//
// connect("/live?sitting=…", {sitting, vote, state, tick, online, offline}) calls each handler with the event's JSON; `offline`
// gets the time of the last event (ms since the epoch, this browser's clock). The browser reconnects by itself and tells
// the server the last event it saw, so nothing official is missed; and where it does not notice that the line is dead, as
// after a sleep or in another network, so is done here.

const SILENCE_MS = 40_000; // the server says something at least every 15 s

export function connect(url, handlers) {
  let source = null;
  let again = 0; // timer
  let seen = ""; // id of the last event
  let lastHeard = Date.now();
  let opened = Date.now();
  let offline = false;

  function heard() {
    lastHeard = Date.now();
    if (offline) {
      offline = false;
      handlers.online?.();
    }
  }

  function lost() {
    if (!offline) {
      offline = true;
      handlers.offline?.(lastHeard);
    }
  }

  function open() {
    clearTimeout(again);
    source?.close();
    opened = Date.now();
    source = new EventSource(seen ? `${url}&last=${seen}` : url);
    source.addEventListener("open", heard);
    source.addEventListener("error", () => {
      lost();
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 2000 + Math.random() * 3000);
    });
    for (const name of ["sitting", "vote", "state", "tick"]) {
      source.addEventListener(name, (event) => {
        heard();
        seen = event.lastEventId;
        handlers[name]?.(JSON.parse(event.data));
      });
    }
  }

  open();
  setInterval(() => {
    if (Date.now() - lastHeard > SILENCE_MS) lost();
    if (Date.now() - Math.max(lastHeard, opened) > SILENCE_MS) open();
  }, 5000);
}
