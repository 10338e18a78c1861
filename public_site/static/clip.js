// Clips: the form asks in place and shows how far it is; the clip's own page is read again when it is there.

const POLL_MS = 700;

async function state(url) {
  const answer = await fetch(`${url}.json`, { cache: "no-store", headers: { accept: "application/json" } });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message);
  return told;
}

async function settled(told, shown) {
  while (told.state === "waiting" || told.state === "making") {
    shown(told.progress);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    told = await state(told.clip);
  }
  return told;
}

async function ask(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message);
  return told;
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
      if (told.state !== "done") throw new Error(told.message);
      const link = Object.assign(document.createElement("a"), { href: told.clip, textContent: form.dataset.sayFile });
      words.replaceChildren(`${form.dataset.sayDone} `, link);
    } catch (error) {
      words.textContent = error.message || form.dataset.sayFailed;
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
