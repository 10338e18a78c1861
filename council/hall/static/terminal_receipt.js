// A receipt to keep: a file, and its text as a QR on the screen. The hall draws the QR and keeps nothing of it.

import { element } from "./element.js";

/** What is kept: the hall's signed answer to a press, as `python -m voting receipt` reads it. `recorded`: a Recorded. */
export function receiptText(recorded) {
  const { sitting, vote_n, member, option, candidate = null, boot, n, recorded_at, signature, terminal, vkey } = recorded;
  const press = { sitting, vote_n, member, option, candidate, boot, n, recorded_at, signature, terminal };
  return JSON.stringify({ receipt: 1, ...press, receipt_signature: recorded.receipt, vkey });
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
