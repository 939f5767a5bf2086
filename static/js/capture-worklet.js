/**
 * Runs on the audio thread: hands channel 0 of the microphone to the page in batches, each with the number of its
 * first frame.
 *
 * Two batches that do not touch (end of one, `firstFrame` of the next) mean frames were lost in between; a batch never
 * spans such a gap. One gap always comes right after start-up, before anybody can have begun a take.
 *
 * The buffers are transferred, not copied, and hold about 0.1 s, so that a busy page does not drown in messages.
 */

const BATCH_FRAMES = 4096;

class CaptureProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.closed = false;
    this.nextFrame = -1;
    this.startBatch(0);
    this.port.onmessage = () => {
      this.closed = true;
    };
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channel = inputs[0]?.[0];
    if (channel) {
      if (currentFrame !== this.nextFrame) this.send(currentFrame);
      if (this.filled + channel.length > BATCH_FRAMES) this.send(currentFrame);
      this.samples.set(channel, this.filled);
      this.filled += channel.length;
      this.nextFrame = currentFrame + channel.length;
    }
    return !this.closed;
  }

  /** @param {number} firstFrame number of the first frame of the batch that begins now */
  startBatch(firstFrame) {
    this.samples = new Float32Array(BATCH_FRAMES);
    this.firstFrame = firstFrame;
    this.filled = 0;
  }

  /** @param {number} nextFirstFrame */
  send(nextFirstFrame) {
    if (this.filled > 0) {
      const { firstFrame, filled, samples } = this;
      this.port.postMessage({ firstFrame, frames: filled, samples }, [samples.buffer]);
    }
    this.startBatch(nextFirstFrame);
  }
}

registerProcessor("realm-capture", CaptureProcessor);
