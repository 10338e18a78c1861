// How long somebody still speaks, in words: from the ledger's facts and the server's clock alone.

function minutes(ms) {
  const whole = Math.ceil(ms / 1000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// speech: as in the JSON of a sitting; now: the server's time in ms. «1:08 of 3:00», «time is over, 0:12 more».
export function speechTime(speech, now, words) {
  const since = speech.running_since ? Math.max(0, now - Date.parse(speech.running_since)) : 0;
  const used = speech.used_ms + since;
  const fill = (text, values) => text.replaceAll(/%\((\w+)\)s/g, (_, name) => values[name]);
  const pause = speech.paused ? `, ${words.paused}` : "";
  if (speech.seconds === null) return fill(words.spoken, { left: minutes(used) }) + pause;
  const left = speech.seconds * 1000 - used;
  const limit = minutes(speech.seconds * 1000);
  if (left >= 0) return fill(words.left_of, { left: minutes(left), limit }) + pause;
  return fill(words.over, { left: minutes(-left) }) + pause;
}
