/**
 * `<realm-player data-audio data-peaks|data-peaks-json data-label data-source [data-duration] [data-spectrogram
 * [data-spectrogram-top]]>`: one sound with its waveform; inside a `<realm-player-group>` on the group's clock.
 *
 * Dispatches `played-through` (bubbling) when the end was reached; `detail.heardFraction` says how much of the
 * sound was really played. Keys on the waveform: space plays and pauses, arrows move by a second, with shift by a
 * tenth, Page Up and Down by five, Home and End to the ends.
 */

import { PlayerGroup } from "./player-group.js";
import { drawWaveform, pairsOf, peakOfPairs } from "./waveform.js";

const STEP_S = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };
const HEADROOM = 0.95;
const PEAKS_AGAIN_MS = 4000;
const COULD_NOT_LOAD = "This sound could not be loaded. Press play to try again.";
const calmMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
const darkPage = window.matchMedia("(prefers-color-scheme: dark)");

/** The one player of the page that sounds. @type {RealmPlayer | null} */
let sounding = null;

export class RealmPlayer extends HTMLElement {
  pairs = [];
  shownS = 0;
  drawnPeak = 0;

  connectedCallback() {
    if (!this.audio) this.build();
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas);
    darkPage.addEventListener("change", this.draw);
    this.showPosition(this.group?.clockS ?? 0);
    this.loadPeaks();
  }

  disconnectedCallback() {
    this.audio.pause();
    this.sizes.disconnect();
    clearTimeout(this.peaksTimer);
    darkPage.removeEventListener("change", this.draw);
    if (sounding === this) sounding = null;
  }

  /** @returns {PlayerGroup | null} */
  get group() {
    return this.closest("realm-player-group");
  }

  get label() {
    return this.dataset.label || "Recording";
  }

  get durationS() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.dataset.duration) || 0;
  }

  get peak() {
    return peakOfPairs(this.pairs);
  }

  /** A sound that failed while it was asked to play does not count as paused for the browser. */
  get isPlaying() {
    return !this.audio.paused && !this.audio.ended && !this.audio.error;
  }

  // What it is made of

  build() {
    this.audio = new Audio();
    this.audio.preload = this.dataset.duration ? "none" : "metadata";
    this.audio.src = this.dataset.audio;
    this.toggle = element("button", "player-toggle", { type: "button" });
    this.toggle.addEventListener("click", () => this.playOrPause());
    this.time = element("span", "player-time");
    this.slider = this.buildSlider();
    this.problem = element("p", "player-problem", { role: "status" });
    const head = element("div", "player-head");
    head.append(element("span", "player-label", {}, this.label), this.time);
    const body = element("div", "player-body");
    body.append(head, this.slider, this.problem);
    this.replaceChildren(this.toggle, body);
    if (this.dataset.spectrogram) body.append(this.buildSpectrogram());
    this.listenToAudio();
    this.become("paused");
  }

  buildSlider() {
    const name = `Position in ${this.label}`;
    const slider = element("div", "player-wave", { role: "slider", tabindex: "0", "aria-label": name });
    slider.setAttribute("aria-valuemin", "0");
    this.canvas = element("canvas", "player-canvas", { "aria-hidden": "true" });
    slider.append(this.canvas);
    slider.addEventListener("pointerdown", this.startDragging);
    slider.addEventListener("keydown", this.obeyKey);
    return slider;
  }

  buildSpectrogram() {
    const details = element("details", "player-spectrogram");
    const image = element("img", "", { alt: `Spectrogram of ${this.label}: time from left to right, low pitch below` });
    const top = this.dataset.spectrogramTop;
    details.append(element("summary", "", {}, top ? `Spectrogram, 0 to ${top}` : "Spectrogram"), image);
    const missing = element("p", "", { hidden: "" }, "The spectrogram is not ready yet.");
    details.append(missing);
    image.addEventListener("load", () => (missing.hidden = true));
    image.addEventListener("error", () => {
      missing.hidden = false;
      image.removeAttribute("src");
    });
    details.addEventListener("toggle", () => {
      if (details.open && !image.hasAttribute("src")) image.src = this.dataset.spectrogram;
    });
    return details;
  }

  listenToAudio() {
    const on = (name, listener) => this.audio.addEventListener(name, listener);
    on("loadedmetadata", () => this.seekAudio(this.shownS));
    on("durationchange", () => this.showPosition(this.shownS));
    on("waiting", () => this.become("loading"));
    on("playing", () => this.become("playing"));
    on("pause", () => this.become("paused"));
    on("timeupdate", () => this.reportAudio());
    on("ended", () => this.finish());
    on("error", () => this.fail());
  }

  // Playing

  playOrPause() {
    if (this.isPlaying) this.audio.pause();
    else this.play();
  }

  async play() {
    if (sounding && sounding !== this) sounding.audio.pause();
    sounding = this;
    if (this.audio.error) this.audio.load();
    this.become("loading");
    for (const player of this.group?.players ?? []) if (player.audio) player.audio.preload = "auto";
    if (this.isAtEnd(this.shownS)) this.showPosition(0);
    this.seekAudio(this.shownS);
    try {
      await this.audio.play();
      this.animate();
    } catch (error) {
      if (error.name !== "AbortError") this.fail();
    }
  }

  pause() {
    this.audio.pause();
  }

  /** Before the metadata has come some browsers forget a seek: `loadedmetadata` does it then. */
  seekAudio(positionS) {
    if (this.audio.readyState === 0 || Math.abs(this.audio.currentTime - positionS) < 0.01) return;
    this.audio.currentTime = positionS;
  }

  /** Moves the clock; whoever sounds in the group goes there. */
  seek(positionS) {
    const clamped = Math.min(Math.max(0, positionS), this.durationS);
    this.follow({ positionS: clamped, sought: true });
    this.report({ positionS: clamped, sought: true });
  }

  follow({ positionS, sought }) {
    if (sought && this.isPlaying) this.seekAudio(positionS);
    this.showPosition(positionS);
  }

  isAtEnd(positionS) {
    return this.durationS > 0 && positionS >= this.durationS - 0.02;
  }

  finish() {
    const heardFraction = fractionPlayed(this.audio);
    this.become("paused");
    this.showPosition(0);
    this.report({ positionS: 0 });
    this.dispatchEvent(new CustomEvent("played-through", { bubbles: true, detail: { heardFraction } }));
  }

  fail() {
    this.become("failed");
    this.problem.textContent = COULD_NOT_LOAD;
  }

  /** Smooth where motion is welcome; otherwise the four steps a second of `timeupdate`. */
  animate = () => {
    if (!this.isPlaying || calmMotion.matches) return;
    this.reportAudio();
    requestAnimationFrame(this.animate);
  };

  reportAudio() {
    if (!this.isPlaying || this.audio.readyState === 0 || this.audio.seeking) return;
    this.showPosition(this.audio.currentTime);
    this.report({ positionS: this.audio.currentTime });
  }

  // Seeking by hand

  startDragging = (event) => {
    if (event.button !== 0) return;
    this.slider.setPointerCapture(event.pointerId);
    const follow = (moved) => this.seek(this.positionAt(moved.clientX));
    follow(event);
    this.slider.addEventListener("pointermove", follow);
    const stop = () => this.slider.removeEventListener("pointermove", follow);
    this.slider.addEventListener("lostpointercapture", stop, { once: true });
  };

  positionAt(clientX) {
    const box = this.slider.getBoundingClientRect();
    return ((clientX - box.left) / box.width) * this.durationS;
  }

  obeyKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") this.playOrPause();
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.seek(this.durationS);
    else if (event.key in STEP_S) this.seek(this.shownS + STEP_S[event.key] * (event.shiftKey ? 0.1 : 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // Showing

  become(state) {
    this.dataset.state = state;
    this.setAttribute("aria-busy", String(state === "loading"));
    this.toggle.setAttribute("aria-label", `${state === "playing" ? "Pause" : "Play"} ${this.label}`);
    if (state !== "failed") this.problem.textContent = "";
  }

  report(detail) {
    this.dispatchEvent(new CustomEvent("player-position", { bubbles: true, detail }));
  }

  showPosition(positionS) {
    this.shownS = positionS;
    const durationS = this.durationS;
    this.time.textContent = `${clockText(positionS)} / ${durationS ? clockText(durationS) : "–:––"}`;
    this.slider.setAttribute("aria-valuemax", durationS.toFixed(1));
    this.slider.setAttribute("aria-valuenow", Math.min(positionS, durationS).toFixed(1));
    this.slider.setAttribute("aria-valuetext", `${positionS.toFixed(1)} of ${durationS.toFixed(1)} seconds`);
    this.draw();
  }

  async loadPeaks() {
    if (this.dataset.peaksJson) this.showPeaks(JSON.parse(this.dataset.peaksJson));
    else if (this.dataset.peaks) {
      const answer = await fetch(this.dataset.peaks).catch(() => null);
      // Without peaks the player still plays: it shows a plain line.
      if (answer?.ok) this.showPeaks(await answer.json());
      // A take that has just arrived has no outline yet: the worker draws it within seconds.
      if (answer?.ok && !this.pairs.length) this.peaksTimer = setTimeout(() => this.loadPeaks(), PEAKS_AGAIN_MS);
    }
  }

  showPeaks(json) {
    this.pairs = pairsOf(json);
    if (json.duration_s) this.dataset.duration ||= json.duration_s;
    this.showPosition(this.shownS);
    this.drawAtPeak(this.peak);
    this.dispatchEvent(new CustomEvent("player-peaks", { bubbles: true }));
  }

  drawAtPeak(peak) {
    this.drawnPeak = peak;
    this.draw();
  }

  draw = () => {
    if (!this.isConnected) return;
    const style = getComputedStyle(this);
    drawWaveform(this.canvas, {
      pairs: this.pairs,
      playedFraction: this.durationS ? this.shownS / this.durationS : 0,
      colour: style.getPropertyValue("--player-colour") || style.color,
      ink: style.color,
      scale: this.drawnPeak > 0 ? HEADROOM / this.drawnPeak : 1,
    });
  };
}

function element(tag, className, attributes = {}, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function clockText(seconds) {
  const tenths = Math.round(seconds * 10);
  const rest = tenths % 600;
  return `${Math.floor(tenths / 600)}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}

function fractionPlayed(audio) {
  let playedS = 0;
  for (let index = 0; index < audio.played.length; index += 1) {
    playedS += audio.played.end(index) - audio.played.start(index);
  }
  return audio.duration ? Math.min(1, playedS / audio.duration) : 0;
}

customElements.define("realm-player", RealmPlayer);
