/** Waveforms drawn from peaks that the worker made: never from a download of the whole sound. */

const BAR_STEP_PX = 3;
const BAR_WIDTH_PX = 2;
const UNPLAYED_ALPHA = 0.6;

/**
 * Peaks come as the worker makes them, `{duration_s, low: [...], high: [...]}`, or from the recorder as a list of
 * [lowest, highest]; full scale is 1.
 * @param {unknown} json
 * @returns {[number, number][]}
 */
export function pairsOf(json) {
  const pairs = Array.isArray(json) ? json : (json?.low ?? []).map((low, index) => [low, json.high?.[index]]);
  return pairs.filter((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite));
}

/** One pair for each bar: the extremes of all peaks that fall into it. */
export function barsOf(pairs, barCount) {
  if (!pairs.length) return [];
  return Array.from({ length: barCount }, (_, bar) => {
    const first = Math.floor((bar * pairs.length) / barCount);
    const last = Math.max(first + 1, Math.floor(((bar + 1) * pairs.length) / barCount));
    const inside = pairs.slice(first, last);
    return [Math.min(...inside.map(([low]) => low)), Math.max(...inside.map(([, high]) => high))];
  });
}

/** The largest excursion; one scale for a group keeps its players comparable. */
export function peakOfPairs(pairs) {
  return pairs.reduce((peak, [low, high]) => Math.max(peak, -low, high), 0);
}

/**
 * Draws at the device's own resolution: bars, the part already played in full colour, and the cursor.
 * @param {HTMLCanvasElement} canvas
 * @param {{pairs: [number, number][], playedFraction: number, colour: string, ink: string, scale: number}} picture
 */
export function drawWaveform(canvas, { pairs, playedFraction, colour, ink, scale }) {
  const { width, height } = fitToDevice(canvas);
  const context = canvas.getContext("2d");
  context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour;
  const bars = barsOf(pairs, Math.max(1, Math.floor(width / BAR_STEP_PX)));
  if (!bars.length) context.fillRect(0, height / 2 - 0.5, width, 1);
  bars.forEach(([low, high], bar) => {
    context.globalAlpha = (bar + 1) / bars.length <= playedFraction ? 1 : UNPLAYED_ALPHA;
    drawBar(context, { x: bar * BAR_STEP_PX, low: low * scale, high: high * scale, height });
  });
  context.globalAlpha = 1;
  context.fillStyle = ink;
  if (playedFraction > 0) context.fillRect(Math.min(width - 2, playedFraction * width), 0, 2, height);
}

function drawBar(context, { x, low, high, height }) {
  const middle = height / 2;
  const top = middle - Math.min(1, high) * middle;
  const bottom = middle - Math.max(-1, low) * middle;
  context.fillRect(x, Math.min(top, middle - 0.5), BAR_WIDTH_PX, Math.max(1, bottom - top));
}

function fitToDevice(canvas) {
  const width = Math.max(1, canvas.clientWidth);
  const height = Math.max(1, canvas.clientHeight);
  const ratio = window.devicePixelRatio || 1;
  const wanted = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wanted[0] || canvas.height !== wanted[1]) [canvas.width, canvas.height] = wanted;
  return { width, height };
}
