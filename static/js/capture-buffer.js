/** The last moments of the microphone, or all of them since a take began, as batches with frame numbers. */

export class CaptureBuffer {
  constructor() {
    /** @type {import("./microphone.js").Batch[]} */
    this.batches = [];
  }

  get endFrame() {
    const last = this.batches.at(-1);
    return last ? last.firstFrame + last.samples.length : 0;
  }

  /** @param {import("./microphone.js").Batch} batch */
  add(batch) {
    this.batches.push(batch);
  }

  /** Lets go of whole batches that end before `frame`. @param {number} frame */
  forgetBefore(frame) {
    while (this.batches.length > 0 && endOf(this.batches[0]) <= frame) this.batches.shift();
  }

  /**
   * The first frame from which everything up to `frame` is there without a gap, not earlier than `earliest`.
   * A take that begins there cannot contain the discontinuity of start-up.
   * @param {number} earliest @param {number} frame
   */
  unbrokenSince(earliest, frame) {
    let start = this.batches[0]?.firstFrame ?? frame;
    for (const [index, batch] of this.batches.entries()) {
      if (index > 0 && batch.firstFrame !== endOf(this.batches[index - 1]) && batch.firstFrame <= frame) start = batch.firstFrame;
    }
    return Math.max(start, earliest);
  }

  /**
   * The samples from `fromFrame` up to, not including, `toFrame`, and how often frames are missing in between.
   * @param {number} fromFrame @param {number} toFrame
   */
  cut(fromFrame, toFrame) {
    const parts = [];
    let frameGaps = 0;
    let expected = fromFrame;
    for (const batch of this.batches) {
      if (endOf(batch) <= fromFrame || batch.firstFrame >= toFrame) continue;
      if (batch.firstFrame > expected) frameGaps += 1;
      parts.push(batch.samples.subarray(Math.max(0, fromFrame - batch.firstFrame), toFrame - batch.firstFrame));
      expected = endOf(batch);
    }
    if (expected < toFrame) frameGaps += 1;
    return { samples: join(parts), frameGaps };
  }
}

/** @param {import("./microphone.js").Batch} batch */
function endOf(batch) {
  return batch.firstFrame + batch.samples.length;
}

/** @param {Float32Array[]} parts */
function join(parts) {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
