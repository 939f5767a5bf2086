/**
 * Captured samples as a WAV file that gives back exactly what the microphone delivered.
 *
 * The smallest format that loses nothing is found by looking at the samples: 16-bit PCM when all of them are whole
 * steps of a 16-bit converter (the usual microphone without resampling), 24-bit PCM when they are whole steps of 24
 * bits, otherwise 32-bit float, which is what the browser works in. A fixed 24-bit file would round what a browser
 * resampled and cut what exceeds full scale; a fixed float file would double every upload over a phone connection.
 *
 * Chromium turns the 16-bit steps of a device into floats by two scales, 32768 below zero and 32767 above (measured
 * in version 156). Undoing both gives back the device's own integers.
 */

/** @typedef {"pcm16" | "pcm24" | "float32"} SampleFormat */
/** @typedef {{format: SampleFormat, bytesPerSample: number, below: number, above: number}} Encoding */

/** @type {Encoding[]} */
const WHOLE_STEPS = [
  { format: "pcm16", bytesPerSample: 2, below: 32768, above: 32768 },
  { format: "pcm16", bytesPerSample: 2, below: 32768, above: 32767 },
  { format: "pcm24", bytesPerSample: 3, below: 8388608, above: 8388608 },
];
/** @type {Encoding} */
const FLOAT = { format: "float32", bytesPerSample: 4, below: 1, above: 1 };
// A float has 24 significant bits; a scale that is no power of two may cost the last of them, twice.
const FLOAT_ROUNDING = 2 ** -22;

/**
 * @param {Float32Array} samples one channel, full scale 1
 * @returns {Encoding}
 */
export function smallestExactEncoding(samples) {
  return WHOLE_STEPS.find((encoding) => samples.every((sample) => isWholeStep(sample, encoding))) ?? FLOAT;
}

/** @param {number} sample @param {Encoding} encoding */
function isWholeStep(sample, { below, above }) {
  const scaled = sample * (sample < 0 ? below : above);
  const step = Math.round(scaled);
  const allowed = below === above ? 0 : Math.abs(step) * FLOAT_ROUNDING;
  return Math.abs(scaled - step) <= allowed && step >= -below && step < below;
}

/**
 * @param {Float32Array} samples one channel, full scale 1
 * @param {number} sampleRateHz
 * @returns {ArrayBuffer}
 */
export function encodeWav(samples, sampleRateHz) {
  const encoding = smallestExactEncoding(samples);
  const { bytesPerSample, below, above } = encoding;
  const dataBytes = samples.length * bytesPerSample;
  const view = new DataView(new ArrayBuffer(44 + dataBytes + (dataBytes % 2)));
  writeHeader(view, { ...encoding, sampleRateHz, dataBytes });
  const write = WRITERS[encoding.format];
  for (let index = 0; index < samples.length; index += 1) {
    const sample = samples[index];
    write(view, 44 + index * bytesPerSample, sample * (sample < 0 ? below : above));
  }
  return view.buffer;
}

/**
 * @param {DataView} view
 * @param {{format: SampleFormat, sampleRateHz: number, bytesPerSample: number, dataBytes: number}} facts
 */
function writeHeader(view, { format, sampleRateHz, bytesPerSample, dataBytes }) {
  writeText(view, 0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  writeText(view, 8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, format === "float32" ? 3 : 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * bytesPerSample, true);
  view.setUint16(32, bytesPerSample, true);
  view.setUint16(34, bytesPerSample * 8, true);
  writeText(view, 36, "data");
  view.setUint32(40, dataBytes, true);
}

/** @param {DataView} view @param {number} offset @param {string} text */
function writeText(view, offset, text) {
  for (let index = 0; index < text.length; index += 1) view.setUint8(offset + index, text.charCodeAt(index));
}

/** @type {Record<SampleFormat, (view: DataView, offset: number, value: number) => void>} */
const WRITERS = {
  pcm16: (view, offset, value) => view.setInt16(offset, Math.round(value), true),
  pcm24: (view, offset, value) => {
    view.setUint16(offset, value & 0xffff, true);
    view.setInt8(offset + 2, value >> 16);
  },
  float32: (view, offset, value) => view.setFloat32(offset, value, true),
};
