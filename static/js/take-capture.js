/**
 * Cuts one take out of the running microphone, with a margin before the start signal and after the stop button, so
 * that neither an early first word nor a late last one is lost. All times are counted in frames, never by a clock.
 */

import { CaptureBuffer } from "./capture-buffer.js";

export const HEAD_GUARD_S = 0.25;
export const TAIL_GUARD_S = 0.5;

/** @typedef {{samples: Float32Array, frameGaps: number, firstFrame: number, sampleRateHz: number}} CutTake */

export class TakeCapture {
  /** @param {import("./microphone.js").Microphone} microphone @param {AbortSignal} signal ends the listening */
  constructor(microphone, signal) {
    this.microphone = microphone;
    this.buffer = new CaptureBuffer();
    /** @type {number | null} */
    this.firstFrame = null;
    /** @type {{toFrame: number, resolve: (take: CutTake) => void} | null} */
    this.ending = null;
    microphone.addEventListener("frames", ({ detail }) => this.receive(detail), { signal });
  }

  get isRunning() {
    return this.firstFrame !== null;
  }

  get elapsedS() {
    return this.firstFrame === null ? 0 : (this.microphone.currentFrame - this.firstFrame) / this.microphone.sampleRateHz;
  }

  /** @param {import("./microphone.js").Batch} batch */
  receive(batch) {
    this.buffer.add(batch);
    if (this.firstFrame === null) this.buffer.forgetBefore(this.buffer.endFrame - this.framesOf(HEAD_GUARD_S + 0.25));
    if (this.ending && this.buffer.endFrame >= this.ending.toFrame) this.deliver();
  }

  begin() {
    const now = this.microphone.currentFrame;
    this.firstFrame = this.buffer.unbrokenSince(now - this.framesOf(HEAD_GUARD_S), now);
  }

  /** Resolves with the take once the margin after the stop button has been captured too. @returns {Promise<CutTake>} */
  finish() {
    const toFrame = this.microphone.currentFrame + this.framesOf(TAIL_GUARD_S);
    return new Promise((resolve) => {
      this.ending = { toFrame, resolve };
    });
  }

  abandon() {
    this.firstFrame = null;
    this.ending = null;
  }

  deliver() {
    const { firstFrame, ending, microphone } = this;
    const { samples, frameGaps } = this.buffer.cut(firstFrame, ending.toFrame);
    this.abandon();
    ending.resolve({ samples, frameGaps, firstFrame, sampleRateHz: microphone.sampleRateHz });
  }

  /** @param {number} seconds */
  framesOf(seconds) {
    return Math.round(seconds * this.microphone.sampleRateHz);
  }
}
