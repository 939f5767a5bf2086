/**
 * What the server will refuse, told while the two people are still together. The server decides; these are its limits
 * (audio/checks.py), so that nobody uploads a take that cannot be kept.
 */

const FULL_SCALE = 0.999;
const FLAT_SAMPLES = 3;
const MAX_CLIPPED_SHARE = 0.001;
const FRAME_S = 0.05;
const SILENCE_DBFS = -60;
const MIN_SOUND_S = 0.3;

/**
 * The reason why a take cannot be used, as a sentence with the remedy; null when nothing is wrong.
 * @param {import("./take-capture.js").CutTake} take
 * @param {{minDurationS: number, maxDurationS: number}} limits
 */
export function whyUnusable({ samples, frameGaps, sampleRateHz }, { minDurationS, maxDurationS }) {
  const durationS = samples.length / sampleRateHz;
  if (frameGaps > 0) {
    return "The browser lost a piece of the sound during this take. Close other programs and tabs, then record again.";
  }
  if (durationS < minDurationS) {
    return `The take lasts ${durationS.toFixed(1)} s; at least ${minDurationS} s are needed. Read both sentences to the end before you press “Stop”.`;
  }
  if (durationS > maxDurationS) {
    return `The take lasts ${durationS.toFixed(1)} s; at most ${maxDurationS} s are accepted. Read the two sentences once, then press “Stop”.`;
  }
  if (soundS(samples, sampleRateHz) < MIN_SOUND_S) {
    return "Almost nothing can be heard. Check that the right microphone is chosen and not muted, then record again.";
  }
  if (clippedShare(samples) > MAX_CLIPPED_SHARE) {
    return "The take is overdriven: its loud parts are cut off. Move away from the microphone or lower its input level, then record again.";
  }
  return null;
}

/**
 * Seconds louder than the silence limit, in frames of 50 ms without their constant offset.
 * @param {Float32Array} samples @param {number} sampleRateHz
 */
function soundS(samples, sampleRateHz) {
  const frame = Math.round(FRAME_S * sampleRateHz);
  let sounding = 0;
  for (let start = 0; start + frame <= samples.length; start += frame) {
    if (levelDbfs(samples.subarray(start, start + frame)) > SILENCE_DBFS) sounding += 1;
  }
  return sounding * FRAME_S;
}

/** RMS of the samples around their mean; a full-scale square wave has 0 dBFS. @param {Float32Array} samples */
export function levelDbfs(samples) {
  let sum = 0;
  let squares = 0;
  for (const sample of samples) {
    sum += sample;
    squares += sample * sample;
  }
  const power = squares / samples.length - (sum / samples.length) ** 2;
  return 10 * Math.log10(Math.max(power, 1e-30));
}

/** Largest absolute sample. @param {Float32Array} samples */
export function peakOf(samples) {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

/** Share of samples in runs of at least three of one sign at full scale. @param {Float32Array} samples */
export function clippedShare(samples) {
  let clipped = 0;
  let run = 0;
  let runSign = 0;
  for (const sample of samples) {
    const sign = Math.abs(sample) >= FULL_SCALE ? Math.sign(sample) : 0;
    run = sign !== 0 && sign === runSign ? run + 1 : Math.abs(sign);
    runSign = sign;
    if (run === FLAT_SAMPLES) clipped += FLAT_SAMPLES;
    else if (run > FLAT_SAMPLES) clipped += 1;
  }
  return clipped / Math.max(samples.length, 1);
}
