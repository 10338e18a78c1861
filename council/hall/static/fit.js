// Text that must fit its place, by measuring: fonts differ from hall to hall.

/** A title shrinks in steps to 0.75 of its size, then scrolls by whole lines (and takes the keyboard's focus to be
    scrolled). Its box is the height that the layout leaves it; `--fit` in its font size does the shrinking. */
export function fitTitle(title) {
  title.classList.remove("scrolls");
  title.style.maxHeight = "";
  for (const scale of [1, 0.92, 0.84, 0.75]) {
    title.style.setProperty("--fit", String(scale));
    if (title.scrollHeight <= title.clientHeight + 1) {
      title.removeAttribute("tabindex");
      return;
    }
  }
  const line = parseFloat(getComputedStyle(title).lineHeight);
  title.style.maxHeight = `${Math.max(1, Math.floor(title.clientHeight / line)) * line}px`;
  title.classList.add("scrolls");
  title.tabIndex = 0;
}

/** Fit a title now and whenever its surroundings change their size: the window, a line that appears, a font that came. */
export function keepTitleFitted(title) {
  new ResizeObserver(() => fitTitle(title)).observe(title.parentElement);
  document.fonts?.ready.then(() => fitTitle(title));
}

/** One line shrinks until it is as wide as its box, at most to `least` of its size. Returns the scale. */
export function fitLine(line, least = 0.3) {
  line.style.setProperty("--fit", "1");
  const scale = Math.max(least, Math.min(1, line.clientWidth / line.scrollWidth));
  line.style.setProperty("--fit", String(Math.floor(scale * 1000) / 1000));
  return scale;
}

/** All lines of a list shrink together, so that the widest fits. */
export function fitLines(list, lines) {
  list.style.setProperty("--fit", "1");
  let scale = 1;
  for (const line of lines) scale = Math.min(scale, line.clientWidth / line.scrollWidth);
  list.style.setProperty("--fit", String(Math.floor(scale * 1000) / 1000));
}

/** Names of a roll, each by itself, so that a long one does not make the others small: in one line, or in two where those
    are larger by a tenth, but never under half; what is longer still is cut. */
export function fitNames(names) {
  for (const name of names) {
    name.classList.remove("is-long", "is-cut");
    name.style.setProperty("--fit", "1");
  }
  const inOne = names.map((name) => Math.min(1, name.clientWidth / name.scrollWidth)); // all measured, then all changed
  names.forEach((name, i) => {
    if (inOne[i] === 1) return;
    name.classList.add("is-long");
    const inTwo = TWO_LINES.filter((scale) => scale > inOne[i] * 1.1 || inOne[i] < 0.5).find((scale) => holdsAt(name, scale));
    if (inTwo !== undefined) return;
    name.classList.remove("is-long");
    name.classList.toggle("is-cut", inOne[i] < 0.5);
    name.style.setProperty("--fit", String(Math.max(0.5, Math.floor(inOne[i] * 1000) / 1000)));
  });
}

const TWO_LINES = [0.72, 0.66, 0.6, 0.55, 0.5]; // a row holds two lines of the first

function holdsAt(name, scale) {
  name.style.setProperty("--fit", String(scale));
  const height = Math.min(name.parentElement.clientHeight, 2.5 * parseFloat(getComputedStyle(name).lineHeight));
  return name.scrollWidth <= name.clientWidth && name.offsetHeight <= height;
}

/** Words of one kind shrink together, in steps, until each stands inside its own box; at most to half. */
export function fitWords(words) {
  const fits = (word) => word.scrollWidth <= word.clientWidth + 1 && word.scrollHeight <= word.clientHeight + 1;
  for (const scale of [1, 0.9, 0.8, 0.7, 0.6, 0.5]) {
    for (const word of words) word.style.setProperty("--fit", String(scale));
    if ([...words].every(fits)) return;
  }
}

/** What stands in a box shrinks, in steps, until the box holds it; at most to half. */
export function fitBox(box) {
  for (const scale of [1, 0.9, 0.8, 0.7, 0.6, 0.5]) {
    box.style.setProperty("--fit", String(scale));
    if (box.scrollHeight <= box.clientHeight + 1) return;
  }
}
