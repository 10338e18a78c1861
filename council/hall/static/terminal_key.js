// A terminal's key, Ed25519: made when it is enrolled (enrol.js), kept by the browser, never readable, not even by these
// pages. Database "hlasno", store "keys": each private key under its public one, 64 hexadecimal digits. What is signed
// with it: voting/signed.py.

const ALGORITHM = { name: "Ed25519" };

/** Whether this browser can sign at all: only a page by https (or of this machine) may. */
export const maySign = () => globalThis.isSecureContext && globalThis.crypto?.subtle !== undefined;

/** Why no key can be made here, as a word of the enrolment's page; null where one can. */
export async function obstacle() {
  if (!maySign()) return "enrol_insecure";
  try {
    await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  } catch {
    return "enrol_no_ed25519";
  }
  return null;
}

/** Make a key and keep it. Resolves to its public part; rejects where the browser keeps nothing. */
export async function makeKey() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  const name = Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
  await inStore("readwrite", (store) => store.put(privateKey, name));
  if ((await readKey(name)) === null) throw new Error("the key was not kept");
  navigator.storage?.persist?.(); // ask the browser not to clear it away
  return name;
}

/** The private key of a public one; null where this browser does not have it. */
export async function readKey(publicKey) {
  try {
    return (await inStore("readonly", (store) => store.get(publicKey))) ?? null;
  } catch {
    return null;
  }
}

function inStore(mode, ask) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("hlasno", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction("keys", mode);
      const asking = ask(transaction.objectStore("keys"));
      transaction.oncomplete = () => (database.close(), resolve(asking.result));
      transaction.onerror = transaction.onabort = () => (database.close(), reject(transaction.error));
    };
  });
}

export const helloText = (nonce, boot) => `hlasno/hello/1\n${nonce}\n${boot}`;

/** What is signed of a PressOption: in which sitting, and of which member. */
export function pressText({ vote_n, option, candidate, boot, n }, sitting, member) {
  return ["hlasno/press/1", sitting, vote_n, member, option, candidate ?? "-", boot, n].join("\n");
}

/** The signature of a text, base64. */
export async function sign(privateKey, text) {
  const made = await crypto.subtle.sign(ALGORITHM, privateKey, new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(made)));
}
