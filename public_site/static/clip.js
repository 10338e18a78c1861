// Clips: the form asks in place and shows how far it is; the clip's own page is read again when it is there.

const POLL_MS = 700;
const TRIES = 20; // in vain in a row, while the line is gone

class Told extends Error {} // by the server, in the reader's language; what else is thrown the browser says in its own

async function read(answer) {
  const told = await answer.json();
  if (!answer.ok) throw new Told(told.error?.message ?? "");
  return told;
}

async function state(url) {
  return read(await fetch(`${url}.json`, { cache: "no-store", headers: { accept: "application/json" } }));
}

async function settled(told, shown) {
  let tries = 0;
  while (told.state === "waiting" || told.state === "making") {
    shown(told.progress);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    try {
      told = await state(told.clip);
      tries = 0;
    } catch (error) {
      if (error instanceof Told || (tries += 1) > TRIES) throw error;
    }
  }
  return told;
}

async function ask(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  return read(answer);
}

for (const form of document.querySelectorAll(".clip-form")) {
  const place = form.querySelector(".clip-state");
  const bar = place.querySelector("progress");
  const words = place.querySelector("p");
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    place.hidden = bar.hidden = false;
    words.textContent = form.dataset.sayWaiting;
    try {
      const told = await settled(await ask(form), (share) => (bar.value = share));
      if (told.state !== "done") throw new Told(told.message ?? "");
      const link = Object.assign(document.createElement("a"), { href: told.clip, textContent: form.dataset.sayFile });
      words.replaceChildren(`${form.dataset.sayDone} `, link);
    } catch (error) {
      words.textContent = (error instanceof Told && error.message) || form.dataset.sayFailed;
    }
    bar.hidden = true;
    button.disabled = false;
  });
}

const page = document.querySelector(".clip-page");
if (page && page.dataset.state !== "done") {
  const bar = page.querySelector("progress");
  const begin = { clip: page.dataset.clip, state: "making", progress: bar.value / 100 };
  settled(begin, (share) => (bar.value = 100 * share)).finally(() => location.reload());
}
