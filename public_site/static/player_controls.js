// The player's controls: buttons, the time line, what is on as moments pass, keys, cameras, the link to a moment.
//
// Everything speaks in wall time: the time line is the sitting's, the same for every camera. Words stand in the page.

import { Peek } from "./player_peek.js";
import { stampOf, wallOf } from "./recording.js";
import { drawLine } from "./timeline_drawing.js";

const STEP_MS = 5000;
const LEAP_MS = 30_000;
const FRAME_MS = 40;
const CHAPTERS_MS = 10_000; // how often they are asked for anew while the sitting goes on
const SAME_MS = 1; // a browser keeps its place to the microsecond: what was sought may read as a little less
// The keys are where they are whatever letters are on them: by the place on the keyboard.
const PLACES = { BracketLeft: "[", BracketRight: "]", Comma: ",", Period: "." };
const EARLY_MS = 2000; // so long after a vote's opening "previous" goes to the one before it

export class Controls {
  constructor(player, card) {
    this.player = player;
    this.card = card;
    this.video = player.video;
    this.chapters = [];
    this.bar = card.querySelector(".controls");
    this.now = card.querySelector(".player-now");
    this.line = card.querySelector(".timeline");
    this.said = card.querySelector(".player-said");
    const { zone, chapters } = player.element.dataset;
    this.clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this.chaptersUrl = chapters;
    this.base = chapters.replace(/\/chapters\.json$/, ""); // the player's own page
    this.begin();
  }

  begin() {
    for (const part of [this.bar, this.now, this.card.querySelector(".keys")]) part.hidden = false;
    for (const button of this.bar.querySelectorAll("button[data-do]")) button.addEventListener("click", () => this[button.dataset.do]());
    const speed = this.choice("speed");
    speed.addEventListener("change", () => (this.video.playbackRate = this.video.defaultPlaybackRate = Number(speed.value)));
    this.choice("camera")?.addEventListener("change", () => this.camera());
    this.choice("captions").addEventListener("change", () => this.showCaptions());
    this.card.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["play", "pause", "timeupdate", "seeked", "ratechange", "volumechange"]) this.video.addEventListener(name, () => this.show());
    this.player.element.addEventListener("moved", () => this.show());
    this.player.element.addEventListener("torn", () => this.tell(this.bar.dataset.sayTorn));
    this.video.addEventListener("click", () => this.play());
    for (const button of this.card.querySelectorAll("[data-here]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.here(button));
    }
    if (this.line) this.beginLine();
    this.captions();
    this.show();
    this.read();
  }

  choice(name) {
    return this.bar.querySelector(`select[data-do="${name}"]`);
  }

  time(wall) {
    return this.clock.format(new Date(wall));
  }

  // --- the time line ---

  beginLine() {
    this.seekBar = this.line.querySelector(".seek");
    this.peek = new Peek(this.player, this.line.querySelector(".peek"), this.base);
    this.head = this.line.querySelector(".playhead");
    this.startWall = wallOf(this.line.dataset.start);
    this.endWall = wallOf(this.line.dataset.end);
    this.seekBar.max = String(this.endWall - this.startWall);
    this.seekBar.hidden = false;
    this.head.removeAttribute("visibility");
    this.seekBar.addEventListener("input", () => this.to(this.startWall + Number(this.seekBar.value)));
    this.seekBar.addEventListener("pointermove", (event) => this.preview(event));
    this.seekBar.addEventListener("pointerleave", () => this.peek.hide());
  }

  preview(event) {
    const box = this.seekBar.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const wall = this.startWall + share * (this.endWall - this.startWall);
    const chapter = this.chapters.findLast((one) => one.kind !== "speech" && one.wall <= wall);
    this.peek.show(wall, share * box.width, box.width, [this.time(wall), chapter?.words].filter(Boolean).join(" · "));
  }

  // The line as it was told last, with the gaps of the camera shown.
  draw() {
    if (!this.line || !this.told?.start) return;
    this.startWall = wallOf(this.told.start);
    this.endWall = wallOf(this.told.end);
    this.seekBar.max = String(this.endWall - this.startWall);
    const ends = this.line.querySelectorAll(".timeline-ends > span:not(.exact)");
    ends[0].textContent = this.time(this.startWall);
    ends[ends.length - 1].textContent = this.time(this.endWall);
    const camera = this.told.cameras[this.player.recording.manifest.camera];
    drawLine(this.line, this.chapters, camera ?? { holes: [], flaws: [], flawed: "" }, this.startWall, this.endWall);
  }

  // --- what is on ---

  async read() {
    try {
      const answer = await fetch(this.chaptersUrl, { cache: "no-store" });
      if (!answer.ok) throw new Error(`chapters: ${answer.status}`);
      const told = await answer.json();
      this.chapters = told.chapters.map((one) => ({ ...one, wall: wallOf(one.at), end: one.until ? wallOf(one.until) : null }));
      this.told = told;
      if (told.live) {
        this.draw(); // it has grown
        setTimeout(() => this.read(), CHAPTERS_MS);
      }
    } catch {
      setTimeout(() => this.read(), CHAPTERS_MS);
    }
    this.show();
  }

  show() {
    const wall = this.player.wall;
    const paused = this.video.paused;
    this.bar.classList.toggle("playing", !paused);
    this.bar.querySelector("[data-words]").textContent = paused ? this.bar.dataset.play : this.bar.dataset.pause;
    const mute = this.bar.querySelector('[data-do="mute"]');
    mute.hidden = !this.player.recording.manifest.runs.some((run) => run.codec.includes(","));
    mute.setAttribute("aria-pressed", String(this.video.muted));
    const speed = this.choice("speed");
    if (![...speed.options].some((option) => Number(option.value) === this.video.playbackRate)) speed.value = "1";
    else speed.value = [...speed.options].find((option) => Number(option.value) === this.video.playbackRate).value;
    if (wall === null) return;
    const item = this.on("item", wall);
    const speech = this.chapters.findLast((one) => one.kind === "speech" && one.wall <= wall + SAME_MS && (one.end === null || wall < one.end));
    const vote = this.on("vote", wall);
    this.put(".now-item", item?.words ?? "");
    this.put(".now-speech", speech?.words ?? "");
    const shown = vote && (!item || vote.wall >= item.wall) ? vote : null;
    this.put(".now-vote", shown ? this.voteWords(shown, wall) : "");
    this.now.querySelector(".now-vote").className = `now-vote${shown && this.over(shown, wall) ? ` verdict-${shown.result}` : ""}`;
    this.bar.querySelector("[data-clock]").textContent = this.time(wall);
    const { current } = this;
    for (const link of document.querySelectorAll("a[data-at]")) {
      const here = current?.at === link.dataset.at;
      if (here !== link.hasAttribute("aria-current")) here ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
    if (!this.line) return;
    if (wall > this.endWall && this.player.live) {
      this.endWall = wall;
      this.seekBar.max = String(this.endWall - this.startWall);
    }
    const share = Math.min(1, Math.max(0, (wall - this.startWall) / (this.endWall - this.startWall)));
    this.seekBar.value = String(wall - this.startWall);
    this.seekBar.setAttribute("aria-valuetext", [this.time(wall), item?.words, this.now.querySelector(".now-vote").textContent].filter(Boolean).join(", "));
    for (const end of ["x1", "x2"]) this.head.setAttribute(end, `${share * 100}%`);
  }

  get current() {
    const wall = this.player.wall;
    return this.chapters.findLast((one) => one.wall <= wall + SAME_MS);
  }

  on(kind, wall) {
    return this.chapters.findLast((one) => one.kind === kind && one.wall <= wall + SAME_MS);
  }

  over(vote, wall) {
    return vote.end !== null && wall >= vote.end && vote.verdict;
  }

  voteWords(vote, wall) {
    return `${vote.words}: ${this.over(vote, wall) ? vote.verdict : this.bar.dataset.sayRuns}`;
  }

  put(selector, words) {
    const place = this.now.querySelector(selector);
    if (place.textContent !== words) place.textContent = words;
  }

  // --- what one does ---

  to(wall) {
    const last = this.player.recording.wall(this.player.endMs);
    this.tell(this.player.seekWall(Math.min(wall, last - 20)) ? "" : this.bar.dataset.sayLate);
  }

  by(ms) {
    this.player.seek(this.player.playheadMs + ms);
  }

  play() {
    if (this.video.paused) return this.player.play();
    this.player.paused = true;
    this.video.pause();
  }

  // The nearest chapter of a kind before or after now.
  jump(forward, kinds) {
    const wall = this.player.wall;
    const those = this.chapters.filter((one) => kinds.includes(one.kind) && one.accuracy);
    const found = forward ? those.find((one) => one.wall > wall + SAME_MS) : those.findLast((one) => one.wall < wall - EARLY_MS);
    if (!found) return;
    this.to(found.wall);
    history.replaceState(null, "", this.address(found.url));
  }

  before() {
    this.jump(false, ["vote"]);
  }

  after() {
    this.jump(true, ["vote"]);
  }

  mute() {
    this.video.muted = !this.video.muted;
  }

  faster(step) {
    const speed = this.choice("speed");
    speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + step));
    speed.dispatchEvent(new Event("change"));
  }

  full() {
    const whole = this.card.classList.contains("whole") || document.fullscreenElement;
    if (document.fullscreenElement) document.exitFullscreen();
    else if (!whole) this.card.requestFullscreen?.().catch(() => {});
  }

  // On the player's own page the address names the moment; elsewhere it stays that page's.
  address(url) {
    if (!location.pathname.endsWith("/video")) return location.href;
    const made = new URL(url, location.href);
    const camera = this.choice("camera")?.selectedOptions[0].dataset.camera;
    if (camera && new URLSearchParams(location.search).has("camera")) made.searchParams.set("camera", camera);
    return made.href;
  }

  async share() {
    if (this.player.wall === null) return; // nothing is recorded yet
    const made = new URL(this.base, location.href);
    made.search = `at=${stampOf(this.player.wall)}`;
    const camera = this.choice("camera")?.selectedOptions[0].dataset.camera;
    if (camera) made.searchParams.set("camera", camera);
    const place = this.card.querySelector(".share");
    const field = place.querySelector("input");
    field.value = made.href.replaceAll("%3A", ":");
    const { exact = [] } = this.told?.cameras[this.player.recording.manifest.camera] ?? {};
    const sure = exact.findLast((one) => Date.parse(one.from) <= this.player.wall);
    place.querySelector(".exact").textContent = sure?.words ?? "";
    place.hidden = false;
    try {
      await navigator.clipboard.writeText(field.value);
      this.tell(this.bar.dataset.sayCopied);
    } catch {
      field.focus();
      field.select();
      this.tell(this.bar.dataset.sayCopy);
    }
  }

  // A clip's beginning or end is the moment shown, to the millisecond, by the camera shown.
  here(button) {
    const { wall } = this.player;
    if (wall === null) return;
    const form = button.form;
    form.elements.near.value = new Date(wall).toISOString();
    form.elements[button.dataset.here].value = `${this.time(wall)}.${String(Math.floor(wall % 1000)).padStart(3, "0")}`;
    const camera = this.choice("camera")?.selectedOptions[0].dataset.camera;
    if (camera) form.elements.camera.value = camera;
  }

  async camera() {
    const choice = this.choice("camera");
    const chosen = choice.selectedOptions[0];
    const hls = `${this.base}/${chosen.dataset.camera}.m3u8`;
    try {
      const filmed = await this.player.change(choice.value, hls);
      if (filmed === null) return;
      this.tell(filmed ? "" : this.bar.dataset.sayLate);
      if (location.pathname.endsWith("/video")) {
        const made = new URL(location.href);
        made.searchParams.set("camera", chosen.dataset.camera);
        history.replaceState(null, "", made.href.replaceAll("%3A", ":"));
      }
      this.captions();
      this.draw();
    } catch {
      if (choice.selectedOptions[0] !== chosen) return;
      choice.value = this.player.url;
      this.player.say("offline");
    }
  }

  // --- captions: the manifest's, WebVTT in the recording's own time ---

  captions() {
    const told = this.player.recording.manifest.captions ?? [];
    const choice = this.choice("captions");
    const wanted = choice.value;
    this.video.querySelectorAll("track").forEach((track) => track.remove());
    choice.replaceChildren(choice.options[0]);
    for (const one of told) {
      const label = one.machine ? `${one.name} (${this.bar.dataset.sayMachine})` : one.name;
      const track = Object.assign(document.createElement("track"), { kind: "captions", srclang: one.language, label, src: one.url });
      this.video.append(track);
      choice.append(new Option(label, one.language));
    }
    choice.value = told.some((one) => one.language === wanted) ? wanted : "";
    choice.closest("label").hidden = !told.length;
    this.showCaptions();
  }

  showCaptions() {
    const wanted = this.choice("captions").value;
    for (const track of this.video.textTracks) track.mode = wanted && track.language === wanted ? "showing" : "disabled";
  }

  nextOf(choice) {
    if (!choice || choice.closest("label")?.hidden) return;
    choice.selectedIndex = (choice.selectedIndex + 1) % choice.options.length;
    choice.dispatchEvent(new Event("change"));
  }

  tell(words) {
    this.said.textContent = words;
    this.said.hidden = !words;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = event.target.closest("input:not(.seek), select, summary, textarea");
    if (inside) return;
    const button = event.target.closest("button, a");
    const keys = {
      k: () => this.play(),
      ArrowLeft: () => this.by(-STEP_MS),
      ArrowRight: () => this.by(STEP_MS),
      j: () => this.by(-LEAP_MS),
      l: () => this.by(LEAP_MS),
      ",": () => this.frame(-1),
      ".": () => this.frame(1),
      p: () => this.before(),
      n: () => this.after(),
      "[": () => this.jump(false, ["item", "vote", "speech"]),
      "]": () => this.jump(true, ["item", "vote", "speech"]),
      "<": () => this.faster(-1),
      ">": () => this.faster(1),
      v: () => this.nextOf(this.choice("camera")),
      c: () => this.nextOf(this.choice("captions")),
      m: () => this.mute(),
      s: () => this.share(),
      f: () => this.full(),
    };
    if (!button) keys[" "] = keys.k;
    const place = PLACES[event.code] ?? /^Key(.)$/.exec(event.code)?.[1].toLowerCase();
    const shifted = { ",": "<", ".": ">" }[event.shiftKey ? place : ""] ?? place;
    const act = keys[event.key] ?? keys[event.key.toLowerCase()] ?? (event.key > "~" && keys[shifted]);
    if (!act) return;
    event.preventDefault();
    act();
  }

  frame(step) {
    this.player.paused = true;
    this.video.pause();
    this.by(step * FRAME_MS);
  }
}
