/** The page in Mechanical Turk's frame: asks how far the work is, and submits its stamps once all is stored. */

const ASK_EVERY_MS = 4000;
const form = document.getElementById("turk");
const progress = document.getElementById("progress");
const stamps = document.getElementById("stamps");

/** @returns {Promise<boolean>} whether to go on asking */
async function ask() {
  // No cookie goes with it: the frame belongs to another site, and the ticket is the proof.
  const answer = await fetch(form.dataset.state, {
    method: "POST",
    credentials: "omit",
    headers: { Authorization: `Session ${form.dataset.ticket}` },
  });
  const state = await answer.json();
  if (!answer.ok) {
    progress.textContent = state.message;
    return false;
  }
  document.getElementById("entry").href = state.entry_address;
  document.getElementById("entry-text").textContent = state.entry_address;
  if (state.is_done) {
    submit(state.stamps);
    return false;
  }
  progress.textContent = `${state.units_done} of ${state.units_wanted} done. This page submits by itself when all are stored.`;
  return true;
}

/** @param {string[]} codes */
function submit(codes) {
  stamps.value = codes.join(" ");
  progress.textContent = "All stored. Submitting to Mechanical Turk now.";
  // Where the frame forbids it, the button is there.
  document.getElementById("by-hand").open = true;
  form.requestSubmit();
}

async function keepAsking() {
  let goesOn = true;
  try {
    goesOn = await ask();
  } catch {
    progress.textContent = "No connection at the moment. Your work is safe; this page tries again.";
  }
  if (goesOn) setTimeout(keepAsking, ASK_EVERY_MS);
}

keepAsking();
