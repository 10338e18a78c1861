// A QR as SVG: rows of "1" (dark) and "0", with a quiet zone of four modules.

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes and children. */
export function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** `label`: what it is and says, read aloud. */
export function drawCode(rows, label) {
  const modules = rows.length + 8;
  let path = "";
  rows.forEach((row, y) => {
    for (const run of row.matchAll(/1+/g)) path += `M${run.index + 4} ${y + 4}h${run[0].length}v1h-${run[0].length}z`;
  });
  return drawn(
    "svg",
    { class: "code", viewBox: `0 0 ${modules} ${modules}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    drawn("path", { class: "code-ground", d: `M0 0h${modules}v${modules}h-${modules}z` }),
    drawn("path", { class: "code-ink", d: path }),
  );
}
