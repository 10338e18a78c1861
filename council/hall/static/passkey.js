// The passkey of a sign-in page: asks the browser for it and sends what it says by the page's own form.

import { byId } from "./element.js";
import { page, say } from "./words.js";

const form = byId("passkey-form");
const button = byId("passkey");

function complain(word) {
  byId("error").textContent = say(word);
  byId("error").hidden = false;
}

const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined;
if (!able) {
  button.disabled = true;
  complain("passkey_absent");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    const credential = page.use
      ? await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(page.passkey) })
      : await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(page.passkey) });
    byId("credential").value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    button.disabled = false;
    complain("passkey_refused");
  }
});
