/** Reviewing by keyboard: the keys do what the buttons of the page do, so that both go one way. */

const page = document.getElementById("review");
const help = document.getElementById("review-help");
const TYPING = "input:not([type=radio]), textarea, select, [contenteditable]";

const part = (name) => page.querySelector(`[data-part="${name}"]`);

/** A second press before the next page has come must not decide about two recordings. */
let isLeaving = false;

const submit = (name) => {
  const form = part(name);
  if (!form || isLeaving) return;
  isLeaving = true;
  form.requestSubmit();
};

const KEYS = {
  a: () => submit("accept"),
  d: () => submit("defer"),
  u: () => submit("undo"),
  r: openReasons,
  j: () => part("next")?.click(),
  k: () => part("previous")?.click(),
  "?": () => help.showModal(),
  " ": () => lastPlayed()?.playOrPause(),
  1: () => players()[0]?.playOrPause(),
  2: () => players()[1]?.playOrPause(),
  3: () => players()[2]?.playOrPause(),
};

const players = () => [...page.querySelectorAll("realm-player")];
let playedLast = null;
const lastPlayed = () => (playedLast?.isConnected ? playedLast : players()[0]);

function openReasons() {
  const reasons = part("reject");
  if (!reasons) return;
  reasons.open = true;
  const chosen = reasons.querySelector("input[type=radio]:checked") ?? reasons.querySelector("input[type=radio]");
  chosen?.focus();
}

function obey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.key === "Escape") closeReasons();
  if (event.target.closest(TYPING)) return;
  // A focused button, link or radio keeps its own space bar.
  if (event.key === " " && event.target.closest("button, a, summary, input")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function closeReasons() {
  const reasons = part("reject");
  if (!reasons?.open) return;
  reasons.open = false;
  reasons.querySelector("summary").focus();
}

/** Writing own words chooses them as the reason. */
function chooseOwnWords(event) {
  if (event.target.name !== "own_words" || !event.target.value) return;
  const own = part("reject").querySelector("input[type=radio][value=own]");
  if (own) own.checked = true;
}

/** On a wide page the spectrograms of mixture and voices stand below each other, to be compared. */
function openSpectrograms() {
  if (!window.matchMedia("(min-width: 60rem)").matches) return;
  for (const details of page.querySelectorAll(".player-spectrogram")) details.open = true;
}

document.addEventListener("keydown", obey);
page.addEventListener("input", chooseOwnWords);
page.addEventListener("player-position", (event) => {
  if (event.target.isPlaying) playedLast = event.target;
});
page.addEventListener("htmx:afterSettle", openSpectrograms);
page.querySelector('[data-part="help-button"]').addEventListener("click", () => help.showModal());
page.dataset.keys = "ready";
// A page that the browser brings back from its memory takes decisions again.
window.addEventListener("pageshow", () => (isLeaving = false));
