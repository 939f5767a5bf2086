/** The outline of a take as the player draws it: [lowest, highest] pairs, full scale 1. */

const PEAKS = 600;

/** @param {Float32Array} samples @returns {string} JSON */
export function peaksJsonOf(samples) {
  const pairs = [];
  for (let index = 0; index < PEAKS; index += 1) {
    const start = Math.floor((index * samples.length) / PEAKS);
    const end = Math.max(start + 1, Math.floor(((index + 1) * samples.length) / PEAKS));
    pairs.push(extremesOf(samples.subarray(start, end)));
  }
  return JSON.stringify(pairs);
}

/** @param {Float32Array} samples @returns {[number, number]} */
function extremesOf(samples) {
  let lowest = 0;
  let highest = 0;
  for (const sample of samples) {
    lowest = Math.min(lowest, sample);
    highest = Math.max(highest, sample);
  }
  return [Number(lowest.toFixed(4)), Number(highest.toFixed(4))];
}
