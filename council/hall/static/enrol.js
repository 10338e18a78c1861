// The enrolment page: this device makes its own key and sends the public part with the clerk's code.

import { byId } from "./element.js";
import { makeKey, obstacle } from "./terminal_key.js";
import { say } from "./words.js";

const form = byId("enrol");
const button = byId("connect");

function complain(word) {
  byId("error").textContent = say(word);
  byId("error").hidden = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    byId("public-key").value = await makeKey();
    form.submit();
  } catch {
    button.disabled = false;
    complain("enrol_no_storage");
  }
});

// Back from the next page, the browser may show this one as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) button.disabled = hindered !== null;
});

const hindered = await obstacle();
button.disabled = hindered !== null;
if (hindered !== null) complain(hindered);
