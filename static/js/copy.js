/** Buttons that copy the code they point at: <button data-copy="id of the code">. */

/** @param {HTMLElement} button */
async function copyFor(button) {
  const code = document.getElementById(button.dataset.copy);
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  try {
    await navigator.clipboard.writeText(code.textContent.trim());
    button.textContent = "Copied";
  } catch {
    // Without permission for the clipboard the code is selected, ready for the person's own copy command.
    window.getSelection().selectAllChildren(code);
    button.textContent = "Selected: copy it now";
  }
  setTimeout(() => {
    button.textContent = label;
  }, 2500);
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element && target.closest("[data-copy]");
  if (button instanceof HTMLElement) copyFor(button);
});
