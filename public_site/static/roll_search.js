// Finds a member's surname in the roll as it is typed. Without script the field is not shown and the filters still work.

const field = document.querySelector("#surname");
const rows = [...document.querySelectorAll(".roll .row")];
const nobody = document.querySelector("#nobody-found");

function plain(text) {
  return text.toLocaleLowerCase().replaceAll(/[’'ʼ`]/g, "").normalize("NFC").trim();
}

function show() {
  const wanted = plain(field.value);
  let found = 0;
  for (const row of rows) {
    const match = plain(row.dataset.surname).startsWith(wanted);
    row.classList.toggle("unmatched", !match);
    found += match ? 1 : 0;
  }
  nobody.hidden = found > 0;
}

field?.addEventListener("input", show);
if (field?.value) show(); // the browser keeps what was typed when the reader comes back
