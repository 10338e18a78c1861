// A terminal's key: made when it was enrolled (enrol.js), kept by the browser, never readable, not even by this page.
// Database "hlasno", store "keys", key "terminal". What is signed: voting/signed.py.

export const MAY_SIGN = globalThis.isSecureContext && globalThis.crypto?.subtle !== undefined; // https, a new browser

/** {privateKey, publicKey, …} as it was kept, or null. */
export function readKey() {
  return new Promise((resolve) => {
    const opening = indexedDB.open("hlasno");
    opening.onerror = () => resolve(null);
    opening.onupgradeneeded = () => opening.transaction.abort(); // there is none: do not make an empty one
    opening.onsuccess = () => {
      const database = opening.result;
      const asking = database.transaction("keys").objectStore("keys").get("terminal");
      asking.onsuccess = () => resolve(asking.result ?? null);
      asking.onerror = () => resolve(null);
      asking.transaction.oncomplete = () => database.close();
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
  const made = await crypto.subtle.sign("Ed25519", privateKey, new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(made)));
}
