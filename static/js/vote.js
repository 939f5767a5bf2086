/** Sends one vote until the server has answered; the same vote sent twice is one rating there. */

const RETRY_AFTER_MS = [1000, 2000, 4000, 8000];
const NO_NETWORK = "The network is away. Your rating is kept here and sent again; please leave this page open.";

/**
 * @param {string} url
 * @param {FormData} fields
 * @param {(sentence: string) => void} tell - while it waits for the network
 * @returns {Promise<{next?: string, message?: string, final?: boolean}>}
 */
export async function sendVote(url, fields, tell) {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await tryOnce(url, fields);
    if (answer) return answer;
    tell(NO_NETWORK);
    await pause(RETRY_AFTER_MS[Math.min(attempt, RETRY_AFTER_MS.length - 1)]);
  }
}

/** Null where no server answered for itself: no network, or a proxy without one behind it. */
async function tryOnce(url, fields) {
  try {
    const response = await fetch(url, { method: "POST", body: fields });
    if (response.headers.get("Content-Type")?.startsWith("application/json")) return await response.json();
    if (response.status >= 500) return null;
    return { message: "The site refused the rating. Please reload this page and try again.", final: false };
  } catch {
    return null;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
