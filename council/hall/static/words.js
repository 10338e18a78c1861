// The page's words (made by strings.py) and how they are put on the page: always as text, never as markup.

export const page = JSON.parse(document.getElementById("page").textContent);
export const lang = page.lang;

const plurals = new Intl.PluralRules(lang);

function template(key, values) {
  const word = page.words[key];
  if (word === undefined) throw new Error(`no word ${key}`);
  return typeof word === "string" ? word : (word[plurals.select(values.n)] ?? word.other);
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A sentence of the catalogue with its blanks filled. */
export function say(key, values = {}) {
  return bound(fill(template(key, values), values));
}

/** The same as nodes: what the catalogue marks with *stars* becomes <b>. Values are never read as markup. */
export function rich(key, values = {}) {
  return template(key, values)
    .split("*")
    .map((part, i) => {
      const text = bound(fill(part, values));
      if (i % 2 === 0) return document.createTextNode(text);
      const bold = document.createElement("b");
      bold.textContent = text;
      return bold;
    });
}

/** The page's language of a text that the server sends in those that are read: {"uk": "…", "en": "…"}. */
export function ofTexts(texts) {
  return texts[lang] ?? Object.values(texts)[0] ?? "";
}

/** Whether votes are what is counted from, not members. */
export const ofVotes = (requirement) => ["cast", "voted"].includes(requirement.base);

/** What a vote needs, of a RequirementView: {head: nodes, why}. Where votes are the base there is a rule and no figure yet. */
export function neededOf(requirement) {
  const rule = bound(ofTexts(requirement.text));
  if (ofVotes(requirement)) return { head: rich("needed_rule", { rule }), why: "" };
  const ofSeats = (requirement.base ?? "seats") === "seats";
  return { head: rich(ofSeats ? "needed" : "needed_count", requirement), why: rule };
}

// Of Cyrillic and Latin: in Devanagari two letters are often a whole word with its vowel signs.
const SMALL =
  /(^|[\s\u00a0(«“„])([\p{Script=Cyrillic}\p{Script=Latin}\d]{1,2}|від|для|про|при|над|під|або|ст\.|вул\.|ім\.|№|м\.|с\.|ч\.|п\.|art\.|ust\.|pkt|alin\.|lit\.) (?=\S)/gu;

/** A text whose small words do not end a line: their space becomes one that does not break. */
export function bound(text) {
  const once = (line) => line.replace(SMALL, "$1$2\u00a0");
  return once(once(text)).replace(/ ([—–])/g, "\u00a0$1");
}

/** A server's sentence as the second half of ours: «Не прийнято: голосування вже закрито.» */
export function asReason(sentence) {
  const text = sentence.trim().replace(/[.।]$/, "");
  return /^\p{Lu}\p{Ll}/u.test(text) ? text[0].toLocaleLowerCase(lang) + text.slice(1) : text;
}

/** A sentence in two at its first dash: «21 «за», потрібно 19 із 37» and «більшість складу ради» or "". */
export function inTwo(sentence) {
  const [first, ...rest] = sentence.split(/\s— ?/);
  return [first, rest.join(" — ")];
}

/** The word of an option; `gender` "f" makes it agree. */
export function optionWord(option, gender = null) {
  return say(gender === "f" ? `option_${option}_f` : `option_${option}`);
}
