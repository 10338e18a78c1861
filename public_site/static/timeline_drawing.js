// The bar under a player, drawn as the page's template draws it: when it has grown, or another camera is shown.

const SVG = "http://www.w3.org/2000/svg";
const ROOM = 8; // per cent of the bar that a vote's number takes on a phone

function shape(name, kind, attributes, words) {
  const made = document.createElementNS(SVG, name);
  made.setAttribute("class", kind);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (words !== undefined) made.textContent = words;
  return made;
}

function bar(kind, start, width, y, height) {
  return shape("rect", kind, { x: `${start}%`, width: `${width}%`, y, height });
}

function titled(kind, words, ...shapes) {
  const made = shape("g", kind, {});
  made.append(shape("title", "", {}, words), ...shapes);
  return made;
}

// `camera`: its holes and flaws, in per cent, as the server tells them.
export function drawLine(line, chapters, camera, start, end) {
  const place = (wall) => Math.min(100, Math.max(0, (100 * (wall - start)) / (end - start)));
  const items = chapters.filter((one) => one.kind === "item").map((one) => place(one.wall));
  const begins = [0, ...items, 100];
  const drawn = [bar("timeline-ground", 0, 100, 22, 2)];
  for (let i = 0; i + 1 < begins.length; i += 1)
    if (begins[i + 1] > begins[i]) drawn.push(bar("chapter", begins[i], begins[i + 1] - begins[i], 19, 8));
  for (const hole of camera.holes) {
    const ground = [bar("hole-ground", hole.start, hole.width, 18, 10), bar("timeline-ground", hole.start, hole.width, 22, 2)];
    drawn.push(titled("hole", hole.words, ...ground));
  }
  for (const flaw of camera.flaws) drawn.push(titled("flaw", flaw.words, bar("", flaw.start, flaw.width, 28, 4)));
  let room = -ROOM;
  for (const vote of chapters.filter((one) => one.kind === "vote")) {
    const at = place(vote.wall);
    drawn.push(shape("line", "tick", { x1: `${at}%`, x2: `${at}%`, y1: 14, y2: 32 }));
    if (at - room < ROOM) continue;
    room = at;
    drawn.push(shape("circle", "tick-disc quiet", { cx: `${at}%`, cy: 9, r: 9 }));
    drawn.push(shape("text", "tick-no quiet", { x: `${at}%`, y: 13.2, "text-anchor": "middle" }, vote.vote));
  }
  const svg = line.querySelector(".timeline-bar");
  svg.replaceChildren(...drawn, svg.querySelector(".playhead"));
  list(line.querySelector(".holes"), camera.holes);
  line.querySelector(".flaws").hidden = !camera.flaws.length;
  line.querySelector(".flaws summary").textContent = camera.flawed;
  list(line.querySelector(".flaws ul"), camera.flaws);
}

function list(place, told) {
  const lines = told.map((one) => Object.assign(document.createElement("li"), { textContent: one.words }));
  place.replaceChildren(...lines);
}
