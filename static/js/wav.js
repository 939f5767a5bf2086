/**
 * Captured samples as a WAV file that holds every one of them exactly.
 *
 * The smallest format that loses nothing is chosen by looking at the samples: 16-bit PCM when all of them are whole
 * steps of a 16-bit converter (the usual microphone without resampling), 24-bit PCM when they are whole steps of 24
 * bits, otherwise 32-bit float, which is what the browser works in. A fixed 24-bit file would round what a browser
 * resampled and cut what exceeds full scale; a fixed float file would double every upload over a phone connection.
 */

/** @typedef {"pcm16" | "pcm24" | "float32"} SampleFormat */

const BYTES_PER_SAMPLE = { pcm16: 2, pcm24: 3, float32: 4 };

/**
 * @param {Float32Array} samples one channel, full scale 1
 * @returns {SampleFormat}
 */
export function smallestExactFormat(samples) {
  if (fitsIntegerSteps(samples, 15)) return "pcm16";
  if (fitsIntegerSteps(samples, 23)) return "pcm24";
  return "float32";
}

/** Whether every sample is k / 2^bits for a whole k in the range of a signed integer of bits + 1 bits. */
function fitsIntegerSteps(samples, bits) {
  const scale = 2 ** bits;
  return samples.every((sample) => {
    const step = sample * scale;
    return Number.isInteger(step) && step >= -scale && step < scale;
  });
}

/**
 * @param {Float32Array} samples one channel, full scale 1
 * @param {number} sampleRateHz
 * @param {SampleFormat} format
 * @returns {ArrayBuffer}
 */
export function encodeWav(samples, sampleRateHz, format = smallestExactFormat(samples)) {
  const bytesPerSample = BYTES_PER_SAMPLE[format];
  const dataBytes = samples.length * bytesPerSample;
  const padding = dataBytes % 2;
  const view = new DataView(new ArrayBuffer(44 + dataBytes + padding));
  writeHeader(view, { sampleRateHz, bytesPerSample, dataBytes, isFloat: format === "float32" });
  const write = WRITERS[format];
  for (let index = 0; index < samples.length; index += 1) write(view, 44 + index * bytesPerSample, samples[index]);
  return view.buffer;
}

/** @param {DataView} view */
function writeHeader(view, { sampleRateHz, bytesPerSample, dataBytes, isFloat }) {
  writeText(view, 0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  writeText(view, 8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, isFloat ? 3 : 1, true);
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

/** Called with whole steps only, unless a caller forces a format: then rounded and limited. */
function toSteps(sample, bits) {
  const scale = 2 ** bits;
  return Math.max(-scale, Math.min(scale - 1, Math.round(sample * scale)));
}

const WRITERS = {
  pcm16: (view, offset, sample) => view.setInt16(offset, toSteps(sample, 15), true),
  pcm24: (view, offset, sample) => {
    const steps = toSteps(sample, 23);
    view.setUint16(offset, steps & 0xffff, true);
    view.setInt8(offset + 2, steps >> 16);
  },
  float32: (view, offset, sample) => view.setFloat32(offset, sample, true),
};
