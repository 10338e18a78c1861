// What somebody types to find something in a list: parts of words, in any order, whatever the apostrophe. Pure.

export function plain(text) {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/(?<=\p{Script=Latin})\p{M}/gu, "")
    .normalize("NFC")
    .replace(/[’'ʼ`]/g, "");
}

/** Those of `things` of which every typed word begins a word of `text(thing)`; the order stays. */
export function find(things, typed, text) {
  const wanted = plain(typed).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return things;
  return things.filter((thing) => {
    const words = plain(text(thing)).split(/[\s«»“”"(),.;:…–—-]+/);
    return wanted.every((part) => words.some((word) => word.startsWith(part)));
  });
}
