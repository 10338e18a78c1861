// The picture of the place under the pointer, over the time line: a tile of a sheet of a hundred; while the sitting goes
// on, or where there is no sheet, the segment's own poster.

const SHEET = 100; // pictures in a sheet
const ROW = 10;
const [WIDTH, HEIGHT] = [160, 90];

export class Peek {
  // base: the address of the recording's page, below which the sheets are
  constructor(player, place, base) {
    this.player = player;
    this.place = place;
    this.base = base;
    this.tile = place.querySelector(".tile");
    this.image = place.querySelector("img");
    this.words = place.querySelector(".peek-words");
    this.image.addEventListener("error", () => (this.image.hidden = true)); // not made yet
  }

  // left: in px from the beginning of a line that is `width` long
  show(wall, left, width, words) {
    const { recording } = this.player;
    const number = recording.number(wall);
    const sheeted = number !== null && !recording.manifest.open && !this.sheetless;
    if (sheeted) this.turn(`${this.base}/${recording.manifest.camera}/sheet-${Math.floor(number / SHEET)}.jpg`, number % SHEET);
    this.tile.hidden = !sheeted;
    this.poster(sheeted ? null : recording.poster(wall));
    this.words.textContent = words;
    this.place.hidden = false;
    const half = this.place.offsetWidth / 2;
    this.place.style.setProperty("left", `${Math.min(width - half, Math.max(half, left))}px`);
  }

  hide() {
    this.place.hidden = true;
  }

  turn(sheet, at) {
    if (this.sheet !== sheet) {
      this.sheet = sheet;
      const asked = new Image();
      asked.addEventListener("error", () => (this.sheetless = true));
      asked.src = sheet;
      this.tile.style.setProperty("background-image", `url("${sheet}")`);
    }
    const [x, y] = [-WIDTH * (at % ROW), -HEIGHT * Math.floor(at / ROW)];
    this.tile.style.setProperty("background-position", `${x}px ${y}px`);
  }

  poster(address) {
    if (!address) this.image.hidden = true;
    else if (this.image.getAttribute("src") !== address) {
      this.image.hidden = false;
      this.image.src = address;
    }
  }
}
