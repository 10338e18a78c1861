// Search in captions without leaving the page: what is found is a list of moments, which the player goes to.
// Without script the form leads to the transcript's own page.

function line(hit, language) {
  // without a link: it was not filmed, or its recording was deleted
  const moment = document.createElement(hit.url ? "a" : "span");
  moment.textContent = hit.time;
  if (hit.url) {
    moment.href = hit.url;
    moment.dataset.at = hit.at;
  }
  const words = Object.assign(document.createElement("span"), { className: "moment-words", lang: language });
  words.textContent = hit.speaker ? `${hit.speaker}: ${hit.text}` : hit.text;
  if (hit.exact) words.append(Object.assign(document.createElement("span"), { className: "exact", lang: document.documentElement.lang, textContent: hit.exact }));
  const item = document.createElement("li");
  item.append(moment, words);
  return item;
}

for (const card of document.querySelectorAll(".caption-search")) {
  const form = card.querySelector("form");
  const said = card.querySelector(".found-said");
  const list = card.querySelector(".found");
  const tell = (words) => {
    said.textContent = words;
    said.hidden = !words;
  };
  let asked = 0;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const mine = ++asked;
    try {
      const answer = await fetch(`${card.dataset.twin}?${new URLSearchParams(new FormData(form))}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (mine !== asked) return; // another word was looked for meanwhile
      list.replaceChildren(...told.found.map((hit) => line(hit, told.language)));
      list.hidden = !told.found.length;
      tell(told.found.length ? (told.more ? card.dataset.sayMore : "") : card.dataset.sayNone);
    } catch {
      if (mine === asked) tell(card.dataset.sayFailed);
    }
  });
}
