// The pieces of the live page that are drawn again: signs, gauge, tally, presence, the line of a decided vote.
// Each takes values and elements that the server has already put there; nothing here knows where the values come from.

const SVG = "http://www.w3.org/2000/svg";
const ORDER = ["for", "against", "abstain", "not_voting", "absent", "recused", "no_record", "voted", "waiting"];
const BAR_WIDTH = 148;
const GAUGE = [89, 120]; // the threshold's inner and outer end, as in hemicycle.py

function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export function signElement(sign) {
  const drawing = draw("svg", { class: `sign sign-${sign}`, viewBox: "0 0 20 20", "aria-hidden": "true" });
  drawing.append(draw("use", { href: `#s-${sign}` }));
  return drawing;
}

export function drawSign(row, seat, sign, word, name, note) {
  if (row.dataset.sign !== sign) {
    row.dataset.sign = sign;
    row.querySelector(".sign").replaceWith(signElement(sign));
  }
  const said = row.querySelector(".row-note");
  if ((said?.textContent ?? "") !== note) {
    said?.remove();
    if (note) {
      const line = document.createElement("span");
      line.className = "row-note";
      line.textContent = note;
      row.append(line);
    }
  }
  const told = row.querySelector(".row-word");
  if (told.textContent !== word || !told.classList.contains(`word-${sign}`)) {
    told.textContent = word;
    told.className = `row-word word-${sign}`;
  }
  if (!seat) return;
  const wanted = `seat sign-${sign}`;
  if (seat.getAttribute("class") !== wanted) {
    seat.setAttribute("class", wanted);
    seat.querySelector("use").setAttribute("href", `#s-${sign}`);
  }
  const title = `${name} — ${word}`;
  const element = seat.querySelector("title");
  if (element.textContent !== title) element.textContent = title;
}

// A faction's small figures: «5 of 6» with a padlock while open, the tally once closed (`of` is null then).
// What a shape says to who sees it, a word says to who does not.
export function drawFigures(group, of, words, lang) {
  const counts = {};
  for (const row of group.querySelectorAll(".row")) counts[row.dataset.sign] = (counts[row.dataset.sign] ?? 0) + 1;
  const parts = [];
  if (of !== null) {
    const cast = counts.voted ?? 0;
    const there = cast + (counts.waiting ?? 0);
    if (there) parts.push(["voted", of.replace("%(voted)s", cast).replace("%(present)s", there), ""]);
  } else for (const sign of ORDER) if (counts[sign]) parts.push([sign, String(counts[sign]), ` ${plural(words[sign], counts[sign], lang)}`]);
  const key = JSON.stringify(parts);
  const line = group.querySelector(".group-figures");
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  line.replaceChildren(
    ...parts.map(([sign, text, word]) => {
      const figure = document.createElement("span");
      const unseen = document.createElement("span");
      figure.className = "figure";
      unseen.className = "unseen";
      unseen.textContent = word;
      figure.append(signElement(sign), text, unseen);
      return figure;
    }),
  );
}

export function drawGauge(counts) {
  const kinds = counts.flatMap(([kind, count]) => Array(count).fill(kind));
  document.querySelectorAll(".gauge .cell").forEach((cell, i) => cell.setAttribute("class", `cell cell-${kinds[i] ?? "vacant"}`));
}

export function drawThreshold(needed, seats) {
  const line = document.querySelector(".gauge .threshold");
  const angle = (Math.PI * needed) / seats;
  GAUGE.forEach((radius, i) => {
    line.setAttribute(`x${i + 1}`, (-radius * Math.cos(angle)).toFixed(2));
    line.setAttribute(`y${i + 1}`, (-radius * Math.sin(angle)).toFixed(2));
  });
  line.setAttribute("visibility", needed > 0 && needed <= seats ? "visible" : "hidden");
}

function plural(words, count, lang) {
  return words[new Intl.PluralRules(lang).select(count)] ?? words.other;
}

export function drawTally(list, tally, words, lang) {
  for (const line of list.children) {
    const { option } = line.dataset;
    const count = tally[option];
    line.classList.toggle("zero", count === 0);
    line.hidden = count === 0 && (option === "recused" || option === "no_record");
    line.querySelector("b").textContent = count;
    line.lastElementChild.textContent = plural(words[option], count, lang);
  }
}

export function drawPresence(count, seats) {
  document.querySelectorAll(".presence-row .cell").forEach((cell, i) => {
    cell.setAttribute("class", `cell cell-${i < count ? "in" : "vacant"}`);
  });
}

// The line of a decided vote, new or anew: a void one is struck, a secret one has totals alone.
export function drawEarlier(vote, lang, words, clock, standing) {
  const list = document.querySelector("#earlier-list");
  const row = document.querySelector("#earlier-row").content.firstElementChild.cloneNode(true);
  const address = `/sittings/${vote.sitting}/votes/${vote.n}`;
  const { line } = vote.words[lang];
  row.dataset.n = vote.n;
  row.querySelector(".vote-no").textContent = vote.n;
  const title = row.querySelector(".vote-title");
  title.textContent = line.title;
  title.href = address;
  title.classList.toggle("struck", standing === "voided");
  const tag = row.querySelector(".vote-tag");
  tag.textContent = line.tag;
  if (!tag.textContent) tag.remove();
  const verdict = row.querySelector(".verdict-word");
  verdict.classList.add(`verdict-${standing}`);
  verdict.querySelector("use").setAttribute("href", `#i-${standing}`);
  verdict.lastElementChild.textContent = line.verdict;
  const counts = vote.tally && standing !== "voided";
  const figures = row.querySelector(".vote-figures");
  if (line.instead) figures.textContent = line.instead;
  else if (counts) {
    figures.querySelector("b").textContent = vote.tally.for;
    figures.lastElementChild.textContent = plural(words.tally.for, vote.tally.for, lang);
  } else figures.remove();
  const bar = row.querySelector(".bar");
  if (counts && !vote.secret) drawBar(bar, vote, words, lang);
  else bar.remove();
  const time = row.querySelector(".vote-time");
  const at = vote.closed_at ?? vote.recorded_at ?? vote.void?.at ?? vote.opened_at;
  time.querySelector("span").textContent = at ? clock(at).slice(0, 5) : "";
  if (vote.secret) time.replaceWith(Object.assign(document.createElement("p"), { className: "vote-time soft", textContent: clock(at).slice(0, 5) }));
  else time.href = `/sittings/${vote.sitting}/video?at=vote-${vote.n}`;
  const original = vote.replay?.original_at;
  const told = [original && words.in_record.replace("%(time)s", clock(original)), vote.words[lang].exact];
  [...time.querySelectorAll("small")].forEach((small, i) => {
    if (told[i]) small.textContent = told[i];
    else small.remove();
  });
  const known = list.querySelector(`[data-n="${vote.n}"]`);
  if (known) known.replaceWith(row);
  else list.prepend(row);
  document.querySelector("#earlier").hidden = false;
}

function drawBar(bar, vote, words, lang) {
  const counts = Object.entries(vote.tally).filter(([, count]) => count);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let before = 0;
  for (const [option, count] of counts) {
    const x = (BAR_WIDTH * before) / total;
    bar.append(draw("rect", { class: `cell cell-${option}`, x, y: 5.5, width: (BAR_WIDTH * count) / total, height: 9 }));
    before += count;
  }
  const { needed } = vote;
  const { seats } = vote.requirement;
  const x = (BAR_WIDTH * needed) / Math.max(seats, total);
  if (needed > 0 && x <= BAR_WIDTH) bar.append(draw("line", { class: "threshold", x1: x, x2: x, y1: 1, y2: 19 }));
  bar.setAttribute("aria-label", counts.map(([option, count]) => `${plural(words.tally[option], count, lang)} ${count}`).join(", "));
}
