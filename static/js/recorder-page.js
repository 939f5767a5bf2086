/** Starts the recorder and keeps its microphone open from one mixture to the next. */

import { Recorder } from "./recorder.js";
import "./copy.js";

/** @returns {HTMLElement | null} */
const recorderIn = (page) => page.querySelector("#recorder");

let recorder = new Recorder(recorderIn(document));
recorder.start();

/**
 * "Next mixture" without leaving the page, because every new page asks for the microphone again on some phones.
 * Whatever is not a recorder (the end page, an error) is opened as the page it is.
 * @param {SubmitEvent} event
 */
async function goOn(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-next]") || !recorder.microphone) return;
  event.preventDefault();
  const response = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter) }).catch(() => null);
  const page = response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  const next = page && recorderIn(page);
  if (!next) {
    location.assign(response?.redirected ? response.url : location.href);
    return;
  }
  recorder = recorder.movedTo(document.adoptNode(next));
  window.scrollTo({ top: 0 });
}

document.addEventListener("submit", goOn);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") recorder.hide();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && recorder.state === "countdown") recorder.drop(null);
});
window.addEventListener("beforeunload", (event) => {
  if (recorder.wouldLoseWork) event.preventDefault();
});
// A page that comes back from the history cache shows what was true then; what is true now is on the server.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
window.addEventListener("pagehide", () => recorder.microphone?.close());
