// A receipt to keep: a file, and its text as a QR on the screen. The hall draws the QR and keeps nothing of it.

import { element } from "./element.js";

/** What is kept: the hall's signed answer to a press, as `python -m voting receipt` reads it. `recorded`: a Recorded. */
export function receiptText(recorded) {
  const { sitting, vote_n, member, option, candidate = null, boot, n, recorded_at, signature, terminal, vkey } = recorded;
  const press = { sitting, vote_n, member, option, candidate, boot, n, recorded_at, signature, terminal };
  const { receipt: receipt_signature, inclusion = null } = recorded;
  return JSON.stringify({ receipt: 1, ...press, receipt_signature, inclusion, vkey });
}

/** Have the browser keep the file. */
export function keepReceipt(receipt) {
  const address = URL.createObjectURL(new Blob([receiptText(receipt)], { type: "application/json" }));
  const link = element("a");
  link.href = address;
  link.download = `receipt-${receipt.sitting}-${receipt.vote_n}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const KEPT = "receipt"; // in the tab's own storage: gone with the tab

/** Keep the last receipt where a reload of this page finds it; null: forget it. */
export function remember(receipt) {
  try {
    if (receipt === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, JSON.stringify(receipt));
  } catch {
    // a browser that keeps nothing: the receipt lasts as long as the page
  }
}

/** The receipt that a page before this one has kept, or null. Whose it is, terminal_state.js looks. */
export function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

/** The receipt's QR: rows of "0" and "1". Rejects when the hall does not answer. */
export async function receiptCode(receipt) {
  const answer = await fetch("/terminal/receipt", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: receiptText(receipt),
  });
  if (!answer.ok) throw new Error(`no QR: ${answer.status}`);
  return (await answer.json()).rows;
}
