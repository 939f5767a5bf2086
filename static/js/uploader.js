/**
 * Sends one kept take: begin, bytes, complete. Every step may be repeated without harm, so any failure is answered by
 * waiting a little and starting over, until the server has stored the take or refused it for good.
 */

import { forgetTake } from "./takes.js";

const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 30;
const STALLED_AFTER_MS = 60_000;

/** @typedef {import("./takes.js").Take} Take */
/** @typedef {{client_uuid: string, state: string, sha256: string, stamp: string, submissions: number, recording: string}} Stored */

/** The server will never keep this take; the message says why. */
export class TakeRefused extends Error {}

/** Not this time; the take stays where it is. */
class NotNow extends Error {}

export class Uploader {
  /**
   * @param {{uploadsUrl: string, csrfToken: string}} site
   * @param {{onProgress?: (share: number) => void, onWaiting?: (reason: string, waitS: number) => void}} listeners
   */
  constructor({ uploadsUrl, csrfToken }, { onProgress = () => {}, onWaiting = () => {} } = {}) {
    this.uploadsUrl = uploadsUrl;
    this.csrfToken = csrfToken;
    this.onProgress = onProgress;
    this.onWaiting = onWaiting;
    this.stopped = new AbortController();
  }

  /**
   * Resolves once the server has the same bytes, rejects with TakeRefused; in both cases the take is gone from this
   * browser. Tries for as long as the page is open.
   * @param {Take} take
   * @returns {Promise<Stored>}
   */
  async send(take) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.attempt(take);
        await forgetTake(take.client_uuid);
        return answer;
      } catch (error) {
        if (error instanceof TakeRefused) await forgetTake(take.client_uuid);
        if (!(error instanceof NotNow)) throw error;
        await this.wait(attempt, error.message);
      }
    }
  }

  /** Ends the waiting between two attempts. */
  tryNow() {
    this.stopped.abort();
    this.stopped = new AbortController();
  }

  /** @param {Take} take @returns {Promise<Stored>} */
  async attempt(take) {
    const { client_uuid, assignment, sha256, capture, bytes } = take;
    const begun = await this.post(this.uploadsUrl, {
      client_uuid, assignment, sha256, byte_length: bytes.byteLength, capture,
    });
    if (begun.state === "pending") await this.put(begun.put, bytes);
    const answer = begun.state === "pending" ? await this.post(`${this.uploadsUrl}/${client_uuid}/complete`, {}) : begun;
    if (answer.state !== "stored") throw new NotNow("The site has not finished checking the recording.");
    if (answer.sha256 !== sha256) throw new NotNow("The site received other bytes than were recorded; they are sent again.");
    return answer;
  }

  /** @param {string} url @param {object} body */
  async post(url, body) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.csrfToken },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout?.(STALLED_AFTER_MS),
    }).catch(() => {
      throw new NotNow("The site cannot be reached. Check the network.");
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    if (answer.final === true) throw new TakeRefused(answer.message);
    throw new NotNow(answer.message ?? `The site answered ${response.status}.`);
  }

  /**
   * XMLHttpRequest, because fetch tells nothing about the progress of what is sent.
   * @param {{method: string, url: string, headers: Record<string, string>}} target @param {ArrayBuffer} bytes
   */
  put({ method, url, headers }, bytes) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      // A presigned address of another origin is its own proof; our token is not its business.
      if (new URL(url, location.href).origin === location.origin) request.setRequestHeader("X-CSRFToken", this.csrfToken);
      request.timeout = STALLED_AFTER_MS * 5;
      request.upload.onprogress = ({ loaded }) => this.onProgress(loaded / bytes.byteLength);
      request.onload = () => settlePut(request, resolve, reject);
      request.onerror = request.ontimeout = () => reject(new NotNow("The connection broke while sending."));
      request.send(bytes);
    });
  }

  /**
   * Doubling waits with jitter, so that many browsers do not return at the same moment; the network's return ends it.
   * @param {number} attempt @param {string} reason
   */
  wait(attempt, reason) {
    const longest = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** attempt);
    const waitS = longest * (0.5 + Math.random() / 2);
    this.onWaiting(reason, waitS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitS * 1000);
      const goOn = () => {
        clearTimeout(timer);
        resolve();
      };
      window.addEventListener("online", goOn, { once: true });
      this.stopped.signal.addEventListener("abort", goOn, { once: true });
    });
  }
}

/** @param {XMLHttpRequest} request */
function settlePut(request, resolve, reject) {
  if (request.status >= 200 && request.status < 300) {
    resolve();
    return;
  }
  const answer = parseJson(request.responseText);
  if (answer.final === true) reject(new TakeRefused(answer.message));
  else reject(new NotNow(answer.message ?? `The storage answered ${request.status}.`));
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
