/**
 * A trial of a listening study: the scale opens when every signal was heard; each vote is saved at once.
 *
 * What was heard is remembered for the tab, so that a reload asks nobody to listen again. Whether there was time
 * to hear it all the server decides.
 */

import "./player.js";
import { TrialMemory } from "./trial-memory.js";
import { sendVote } from "./vote.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("rating"));
const scale = /** @type {HTMLFieldSetElement} */ (document.getElementById("scale"));
const submit = /** @type {HTMLButtonElement} */ (document.getElementById("submit-rating"));
const status = document.getElementById("why-locked");
const players = [...document.querySelectorAll("realm-player[data-signal]")];
const heardFraction = Number(form.dataset.heardFraction);
const memory = new TrialMemory(form.elements.trial.value);
const NEARLY_ALL = 0.98;
let sending = false;

/** The share of its length that has sounded; repeated parts count once. */
function fractionHeard(audio) {
  let playedS = 0;
  for (let index = 0; index < audio.played.length; index += 1) {
    playedS += audio.played.end(index) - audio.played.start(index);
  }
  return audio.duration ? Math.min(1, playedS / audio.duration) : 0;
}

/** Before its end a signal counts only when next to nothing is left, or people would switch a word too early. */
function noteHeard(player, { atEnd }) {
  const fraction = fractionHeard(player.audio);
  if (fraction >= (atEnd ? heardFraction : NEARLY_ALL)) memory.add(player.dataset.signal);
  showHeard(player, fraction);
  showLock();
}

function showHeard(player, fraction) {
  const line = document.querySelector(`[data-heard="${player.dataset.signal}"]`);
  const heard = memory.has(player.dataset.signal);
  line.dataset.state = heard ? "heard" : "waiting";
  const text = heard ? "Played" : fraction > 0 ? `${Math.floor(fraction * 100)} % played` : "Not played yet";
  if (line.textContent !== text) line.textContent = text;
}

function showLock() {
  const missing = players.filter((player) => !memory.has(player.dataset.signal));
  const locked = missing.length > 0;
  scale.disabled = locked;
  submit.disabled = locked || sending || !form.elements.score.value;
  if (sending || status.dataset.problem) return;
  const names = missing.map((player) => player.dataset.label).join(", ");
  if (locked) say(`Play to the end before you rate: ${names}.`);
  else say(form.elements.score.value ? "Save with the button or with Enter." : "Choose one of the five words.");
}

function say(sentence, { problem = false } = {}) {
  status.classList.toggle("bad", problem);
  status.dataset.problem = problem ? "yes" : "";
  if (status.textContent !== sentence) status.textContent = sentence;
}

async function vote(event) {
  event.preventDefault();
  if (submit.disabled) return;
  const fields = new FormData(form);
  for (const number of memory.numbers) fields.append("played", number);
  sending = true;
  say("Saving your rating …");
  showLock();
  const answer = await sendVote(form.action, fields, (sentence) => say(sentence, { problem: true }));
  sending = false;
  if (answer.next) {
    memory.forget();
    window.location.assign(answer.next);
    return;
  }
  say(answer.message, { problem: true });
  showLock();
  // What cannot be mended here (withdrawn, closed, rated in another tab) is settled by the next page.
  if (answer.final) window.setTimeout(() => window.location.reload(), 4000);
}

function obeyKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || scale.disabled) return;
  const choice = scale.querySelector(`input[value="${CSS.escape(event.key)}"]`);
  if (choice) {
    choice.checked = true;
    choice.focus();
    chosen();
  } else if (event.key === "Enter" && !event.target.closest("button, a, summary")) form.requestSubmit();
  else return;
  event.preventDefault();
}

function chosen() {
  status.dataset.problem = "";
  showLock();
}

for (const player of players) {
  for (const moment of ["timeupdate", "pause"]) {
    player.audio.addEventListener(moment, () => noteHeard(player, { atEnd: player.audio.ended }));
  }
  player.addEventListener("played-through", () => noteHeard(player, { atEnd: true }));
  showHeard(player, 0);
}
form.addEventListener("submit", vote);
scale.addEventListener("change", chosen);
document.addEventListener("keydown", obeyKey);
showLock();
