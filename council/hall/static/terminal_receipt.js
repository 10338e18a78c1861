// A receipt to keep: a file, and its text as a QR on the screen. The hall draws the QR and keeps nothing of it.

import { element } from "./element.js";

/** What is written in the file: exactly the fields that `python -m voting receipt` reads (voting/receipt.py). */
export function receiptFile(answer) {
  const { sitting, vote_n, member, option, boot, n, recorded_at, signature, terminal, vkey } = answer;
  const pressed = { sitting, vote_n, member, option, candidate: answer.candidate ?? null, boot, n };
  const signed = { recorded_at, signature, terminal, receipt_signature: answer.receipt, vkey };
  return `${JSON.stringify({ receipt: 1, ...pressed, ...signed }, null, 1)}\n`;
}

/** Have the browser keep the file. */
export function keepReceipt(receipt) {
  const address = URL.createObjectURL(new Blob([receiptFile(receipt)], { type: "application/json" }));
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
    body: JSON.stringify(receipt),
  });
  if (!answer.ok) throw new Error(`no QR: ${answer.status}`);
  return (await answer.json()).rows;
}
