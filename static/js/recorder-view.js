/** What the recorder shows: one state at a time, the level of the microphone, and sentences for everybody. */

import { levelDbfs, peakOf } from "./take-checks.js";

/** What a screen reader hears when a state begins. */
const ANNOUNCEMENTS = {
  idle: "The microphone is off.",
  asking: "Your browser asks for permission to use the microphone.",
  ready: "The microphone is on. Press Record when both of you are ready.",
  countdown: "Get ready.",
  recording: "Recording. Speak now, both of you.",
  ending: "Hold still for a moment.",
  review: "Recorded. Listen to it once, then submit it.",
  sending: "Sending the recording.",
  done: "Upload successful.",
};
const QUIET_PEAK = 10 ** (-36 / 20);
const LOUD_PEAK = 10 ** (-1 / 20);
const PEAK_HOLD_BATCHES = 15;
const METER_FLOOR_DBFS = -66;

export class RecorderView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.recentPeaks = [];
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  /** @param {string} name @param {string} text */
  write(name, text) {
    const part = this.part(name);
    if (part.textContent !== text) part.textContent = text;
  }

  /** Shows what belongs to `state` and moves the keyboard to its main button. @param {string} state */
  show(state) {
    this.root.dataset.state = state;
    for (const element of this.root.querySelectorAll("[data-when]")) {
      element.hidden = !element.dataset.when.split(" ").includes(state);
    }
    this.write("status", ANNOUNCEMENTS[state] ?? "");
    this.focusMainButton();
  }

  /** Only where the keyboard was in the recorder (or nowhere), so that nobody is pulled away from what they read. */
  focusMainButton() {
    const active = document.activeElement;
    if (active && active !== document.body && !this.root.contains(active)) return;
    const candidates = [...this.root.querySelectorAll("[data-main]")];
    const main = candidates.find((element) => element.closest("[hidden]") === null);
    const button = main?.matches("button") ? main : main?.querySelector("button");
    button?.focus({ preventScroll: true });
  }

  /** @param {string | null} sentence */
  showProblem(sentence) {
    const problem = this.part("problem");
    problem.textContent = sentence ?? "";
    problem.hidden = !sentence;
  }

  /** @param {string} sentence about a take of an earlier visit @param {{mayDelete?: boolean}} choices */
  showEarlier(sentence, { mayDelete = false } = {}) {
    this.part("earlier").hidden = false;
    this.part("earlier-choices").hidden = !mayDelete;
    this.write("earlier-text", sentence);
  }

  /** @param {Float32Array} samples */
  showLevel(samples) {
    const meter = this.part("meter");
    const level = Math.max(0, 1 - levelDbfs(samples) / METER_FLOOR_DBFS);
    this.recentPeaks = [...this.recentPeaks.slice(1 - PEAK_HOLD_BATCHES), peakOf(samples)];
    const peak = Math.max(...this.recentPeaks);
    meter.style.setProperty("--level", level.toFixed(3));
    meter.setAttribute("aria-valuenow", String(Math.round(level * 100)));
    meter.dataset.verdict = verdictOf(peak);
    this.write("level-hint", HINTS[meter.dataset.verdict]);
  }

  /** @param {number} seconds */
  showElapsed(seconds) {
    this.write("elapsed", `${seconds.toFixed(1)} s`);
  }

  /** @param {number} share 0 to 1 */
  showProgress(share) {
    this.part("progress").value = share;
    this.write("sending-text", share < 1 ? `Sending … ${Math.round(share * 100)} %` : "Sent. The site is checking the bytes …");
  }

  /** @param {string} reason @param {number} waitS */
  showWaiting(reason, waitS) {
    this.write("sending-text", `${reason} Your take is safe in this browser; the next try is in ${Math.ceil(waitS)} s.`);
    this.part("waiting").hidden = false;
  }

  /** @param {import("./uploader.js").Stored} stored */
  showStored({ stamp, submissions, recording }) {
    this.write("stamp", stamp);
    this.write("submissions", String(submissions));
    // What to do after the last one that is paid for stands on the page as the server makes it.
    const wanted = Number(this.root.dataset.unitsWanted);
    if (wanted && submissions >= wanted) return window.location.reload();
    const results = this.part("results");
    const url = this.root.dataset.resultsUrl?.replace(/0{8}-0{4}-0{4}-0{4}-0{12}/, recording);
    if (!url || !window.htmx) return;
    results.setAttribute("hx-get", url);
    window.htmx.process(results);
    window.htmx.trigger(results, "show-results");
  }

  /** A player for the take, as it will be sent. @param {string} audioUrl @param {string} peaksJson */
  showTake(audioUrl, peaksJson) {
    const player = document.createElement("realm-player");
    Object.assign(player.dataset, { audio: audioUrl, peaksJson, label: "Your take", source: "mixture" });
    this.part("take").replaceChildren(player);
  }
}

const HINTS = {
  quiet: "Very quiet: move closer to the microphone or speak up.",
  good: "Good level.",
  loud: "Too loud: move away from the microphone.",
};

/** @param {number} peak */
function verdictOf(peak) {
  if (peak >= LOUD_PEAK) return "loud";
  return peak < QUIET_PEAK ? "quiet" : "good";
}
