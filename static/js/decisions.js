/** Deciding by keyboard: the keys press the buttons of the page, so that both go one way. */

const desk = document.getElementById("desk");
const TYPING = "input:not([type=radio]), textarea, select, [contenteditable]";

const part = (name) => desk.querySelector(`[data-part="${name}"]`);

/** A second press before the next page has come must not decide about two submissions. */
let isLeaving = false;

function submit(name) {
  const form = part(name);
  if (!form || isLeaving) return;
  isLeaving = true;
  form.requestSubmit();
}

function openReasons() {
  const reasons = part("reject");
  if (!reasons) return;
  reasons.open = true;
  const radios = [...reasons.querySelectorAll("input[type=radio]")];
  (radios.find((radio) => radio.checked) ?? radios[0])?.focus();
}

const KEYS = {
  a: () => submit("approve"),
  u: () => submit("undo"),
  r: openReasons,
  ArrowLeft: () => part("previous")?.click(),
  ArrowRight: () => part("next")?.click(),
};

function obey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && part("reject")?.open) {
    part("reject").open = false;
    part("reject").querySelector("summary").focus();
  }
  if (event.target.closest(TYPING)) return;
  // Arrows choose among radios, and move in a player that has the focus.
  if (event.key.startsWith("Arrow") && event.target.closest("input, realm-player")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

document.addEventListener("keydown", obey);
desk.dataset.keys = "ready";
// A page that the browser brings back from its memory takes decisions again.
window.addEventListener("pageshow", () => (isLeaving = false));
