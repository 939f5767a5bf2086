/**
 * The microphone, opened once for a page and kept open: raw, at the device's own rate, one channel.
 *
 * Browsers improve speech for calls by default: they cancel echo, remove noise and move the gain. That destroys what
 * research on separation needs, so all three are asked off, and what the browser really did is stored with each take.
 * A second getUserMedia would end the first stream on iOS and ask for permission again, hence once.
 */

import { browserFamily, deviceClass, systemFamily } from "./browser-facts.js";

const CONSTRAINTS = {
  audio: {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    channelCount: { ideal: 1 },
  },
};
const STORED_SETTINGS = [
  "echoCancellation", "noiseSuppression", "autoGainControl", "channelCount", "sampleRate", "sampleSize", "latency",
];
const SILENT_FOR_MS = 2500;

/**
 * @typedef {{firstFrame: number, samples: Float32Array}} Batch
 *
 * Events: `frames` (detail: Batch) about ten times a second; `interrupted` (detail: a sentence) once, after which this
 * microphone is closed and another has to be opened.
 */
export class Microphone extends EventTarget {
  /** Asks for permission where needed; rejects with the DOMException of getUserMedia. Call it from a click. */
  static async open() {
    const stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    const microphone = new Microphone(stream);
    try {
      await microphone.connect();
    } catch (error) {
      microphone.close();
      throw error;
    }
    return microphone;
  }

  /** @param {MediaStream} stream */
  constructor(stream) {
    super();
    this.stream = stream;
    this.track = stream.getAudioTracks()[0];
    this.closed = false;
    this.context = createContext(this.track);
  }

  async connect() {
    const { context } = this;
    await context.audioWorklet.addModule(new URL("./capture-worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(context, "realm-capture", { numberOfInputs: 1, numberOfOutputs: 1 });
    this.node.port.onmessage = ({ data }) => this.receive(data);
    this.source = context.createMediaStreamSource(this.stream);
    this.source.connect(this.node);
    // The node puts out silence; some browsers only run what leads to the loudspeaker.
    this.node.connect(context.destination);
    if (context.state === "suspended") await context.resume();
    this.watch();
  }

  get sampleRateHz() {
    return this.context.sampleRate;
  }

  /** Number of the frame the audio thread is at now; the clock of everything that is timed here. */
  get currentFrame() {
    return Math.round(this.context.currentTime * this.context.sampleRate);
  }

  /** @param {{firstFrame: number, frames: number, samples: Float32Array}} message */
  receive({ firstFrame, frames, samples }) {
    this.lastHeardMs = performance.now();
    this.dispatchEvent(new CustomEvent("frames", { detail: { firstFrame, samples: samples.subarray(0, frames) } }));
  }

  watch() {
    const { context, track } = this;
    track.onended = () => this.interrupt("The microphone was unplugged or switched off.");
    track.onmute = () => this.interrupt("The system muted the microphone, perhaps for a call.");
    context.onstatechange = () => {
      if (context.state !== "running") this.interrupt("The system paused the microphone, perhaps for a call or a locked screen.");
    };
    this.lastHeardMs = performance.now();
    this.watchdog = setInterval(() => {
      // A hidden page is judged elsewhere; its timers are slowed down and prove nothing.
      const isSilent = performance.now() - this.lastHeardMs > SILENT_FOR_MS;
      if (isSilent && document.visibilityState === "visible") this.interrupt("No sound arrives from the microphone any more.");
    }, 500);
  }

  /** @param {string} reason */
  interrupt(reason) {
    if (this.closed) return;
    this.close();
    this.dispatchEvent(new CustomEvent("interrupted", { detail: reason }));
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.watchdog);
    this.node?.port.postMessage("close");
    this.track.stop();
    if (this.context.state !== "closed") this.context.close();
  }

  /** What was really achieved, for the record that is stored with each take. */
  describe() {
    const settings = this.track.getSettings();
    const supported = navigator.mediaDevices.getSupportedConstraints();
    return {
      settings: pick(settings, STORED_SETTINGS),
      supported: pick(supported, STORED_SETTINGS),
      context_sample_rate_hz: this.context.sampleRate,
      channel: 0,
      browser: browserFamily(),
      os: systemFamily(),
      device_class: deviceClass(this.track.label),
      processing_verified_off: isProcessingOff(settings),
    };
  }
}

/**
 * A context at the track's own rate: any other rate would make the browser resample. Firefox does not tell the rate of
 * a track and refuses a context that differs from it, so there its default is the right one.
 * @param {MediaStreamTrack} track
 */
function createContext(track) {
  const sampleRate = track.getSettings().sampleRate;
  return new AudioContext(sampleRate ? { sampleRate, latencyHint: "interactive" } : { latencyHint: "interactive" });
}

/** Safari leaves noiseSuppression and autoGainControl out of the settings: unknown is not off. */
function isProcessingOff(settings) {
  return ["echoCancellation", "noiseSuppression", "autoGainControl"].every((name) => settings[name] === false);
}

/** @param {Record<string, any>} from @param {string[]} names */
function pick(from, names) {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}
