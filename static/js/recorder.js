/**
 * The recorder page: idle -> asking -> ready -> countdown -> recording -> ending -> review -> sending -> done.
 *
 * The microphone is opened once and stays open over several mixtures. A take that cannot be used goes back to `ready`
 * with the reason; a take that was submitted is kept in the browser first and only then sent.
 */

import { whyNoMicrophone, whyUnsuitable, whyUnsupported } from "./browser-facts.js";
import { Microphone } from "./microphone.js";
import { peaksJsonOf } from "./peaks.js";
import { RecorderView } from "./recorder-view.js";
import { TakeCapture, TAIL_GUARD_S } from "./take-capture.js";
import { whyUnusable } from "./take-checks.js";
import { forgetTake, keepTake, newUuid, sha256Of, waitingTakes } from "./takes.js";
import { TakeRefused, Uploader } from "./uploader.js";
import { encodeWav } from "./wav.js";

const RECORDER_VERSION = "1";
const COUNTDOWN_S = 3;
const LISTENING_NOW = ["countdown", "recording", "ending"];
// The first and last blocks of a player's output do not always count as played.
const ENOUGH_HEARD = 0.9;
const NOT_KEPT_YET = ["recording", "ending", "review"];

export class Recorder {
  /** @param {HTMLElement} root @param {Microphone | null} microphone of the page before, still open */
  constructor(root, microphone = null) {
    this.root = root;
    this.view = new RecorderView(root);
    this.state = root.dataset.state;
    /** @type {import("./takes.js").Take | null} */
    this.take = null;
    this.takeUrl = "";
    root.addEventListener("click", (event) => this.actOn(event));
    root.addEventListener("played-through", ({ target, detail }) => this.judgeListening(target, detail));
    if (microphone) this.use(microphone);
  }

  async start() {
    const reason = whyUnsupported();
    if (reason) {
      this.view.write("unsupported-reason", reason);
      this.become("unsupported");
      return;
    }
    if (this.state !== "done") this.become(this.microphone ? "ready" : "idle");
    // A browser that keeps nothing says so again at Submit, before anything is sent.
    const waiting = await waitingTakes().catch(() => []);
    const own = waiting.find((take) => take.assignment === this.root.dataset.assignment);
    for (const take of waiting) if (take !== own) this.sendEarlier(take);
    if (own) await this.send(own);
  }

  /** @param {string} state @param {string | null} problem a sentence to show with it */
  become(state, problem = null) {
    this.state = state;
    this.view.showProblem(problem);
    this.view.show(state);
  }

  /** @param {MouseEvent} event */
  actOn(event) {
    const button = event.target instanceof Element && event.target.closest("[data-act]");
    if (!button || button.disabled) return;
    const act = {
      enable: () => this.enable(),
      record: () => this.countDown(),
      cancel: () => this.drop(null),
      stop: () => this.stop(),
      again: () => this.again(),
      submit: () => this.submit(),
      "try-now": () => this.uploader?.tryNow(),
      discard: () => this.discard(this.sending),
      "discard-earlier": () => this.discard(this.earlier),
    }[button.dataset.act];
    act?.();
  }

  async enable() {
    this.become("asking");
    try {
      this.use(await Microphone.open());
      this.become("ready", whyUnsuitable(this.microphone.describe().device_class));
    } catch (error) {
      this.view.write("enable", "Try again");
      this.become("idle", whyNoMicrophone(error.name));
    }
  }

  /** @param {Microphone} microphone */
  use(microphone) {
    this.microphone = microphone;
    this.listening = new AbortController();
    const { signal } = this.listening;
    this.capture = new TakeCapture(microphone, signal);
    microphone.addEventListener("frames", ({ detail }) => this.hear(detail.samples), { signal });
    microphone.addEventListener("interrupted", ({ detail }) => this.loseMicrophone(detail), { signal });
  }

  /** About ten times a second, on the audio clock: a sleeping timer cannot delay what happens here. */
  hear(samples) {
    if (this.state === "countdown") this.countDownFurther();
    if (this.state === "recording") this.recordFurther();
    this.view.showLevel(samples);
  }

  countDown() {
    // A page that plays while it records may be ducked, or record itself.
    for (const player of document.querySelectorAll("realm-player")) player.pause?.();
    this.countdownFrame = this.microphone.currentFrame;
    this.become("countdown");
    this.countDownFurther();
  }

  countDownFurther() {
    const passedS = (this.microphone.currentFrame - this.countdownFrame) / this.microphone.sampleRateHz;
    if (passedS >= COUNTDOWN_S) {
      this.capture.begin();
      this.view.showElapsed(0);
      this.become("recording");
      this.keepAwake();
      return;
    }
    this.view.write("countdown", String(Math.ceil(COUNTDOWN_S - passedS)));
  }

  recordFurther() {
    this.view.showElapsed(this.capture.elapsedS);
    if (this.capture.elapsedS + TAIL_GUARD_S >= this.limits.maxDurationS - 0.5) this.stop();
  }

  async stop() {
    if (this.state !== "recording") return;
    this.become("ending");
    this.awake?.release();
    const cut = await this.capture.finish();
    if (this.state !== "ending") return;
    const problem = whyUnusable(cut, this.limits);
    if (problem) this.drop(problem);
    else await this.reviewTake(cut);
  }

  /** @param {import("./take-capture.js").CutTake} cut */
  async reviewTake(cut) {
    const bytes = encodeWav(cut.samples, cut.sampleRateHz);
    this.take = {
      client_uuid: newUuid(),
      sha256: await sha256Of(bytes),
      bytes,
      capture: describeCapture(cut, this.microphone),
      assignment: this.root.dataset.assignment,
      campaign: this.root.dataset.campaign,
    };
    this.takeUrl = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
    this.view.showTake(this.takeUrl, peaksJsonOf(cut.samples));
    this.view.part("submit").disabled = true;
    this.view.part("listen-first").hidden = false;
    this.view.write("listen-first", "Listen to the take to its end; then you can submit it.");
    this.become("review");
  }

  /** @param {EventTarget | null} player @param {{heardFraction: number}} heard */
  judgeListening(player, { heardFraction }) {
    if (this.state !== "review" || !this.view.part("take").contains(player)) return;
    if (heardFraction >= ENOUGH_HEARD) this.allowSubmit();
    else this.view.write("listen-first", "You have skipped a part. Listen to the whole take once; then you can submit it.");
  }

  allowSubmit() {
    this.view.part("submit").disabled = false;
    this.view.part("listen-first").hidden = true;
    this.view.write("status", "You have heard the take. Submit it, or record again.");
  }

  /** Lets go of the running take. @param {string | null} problem */
  drop(problem) {
    this.capture?.abandon();
    this.awake?.release();
    this.forgetReview();
    this.become(this.microphone ? "ready" : "idle", problem);
  }

  again() {
    this.drop(null);
    if (this.microphone) this.countDown();
  }

  forgetReview() {
    URL.revokeObjectURL(this.takeUrl);
    this.view.part("take").replaceChildren();
    this.take = null;
  }

  async submit() {
    const take = this.take;
    this.view.part("submit").disabled = true;
    try {
      await keepTake(take);
    } catch (error) {
      this.view.part("submit").disabled = false;
      this.view.showProblem(`This browser could not keep the take (${error?.name}). Free some space on the device or leave private browsing, then press “Submit” again.`);
      return;
    }
    this.forgetReview();
    await this.send(take);
  }

  /** @param {import("./takes.js").Take} take that is already kept in the browser */
  async send(take) {
    this.sending = take;
    this.become("sending");
    this.view.part("waiting").hidden = true;
    this.uploader = new Uploader(this.site, {
      onProgress: (share) => this.view.showProgress(share),
      onWaiting: (reason, waitS) => this.view.showWaiting(reason, waitS),
    });
    try {
      this.view.showStored(await this.uploader.send(take));
      this.become("done");
    } catch (error) {
      const reason = error instanceof TakeRefused ? error.message : `Sending failed: ${error.message}. Reload the page to try again.`;
      this.become(this.microphone ? "ready" : "idle", reason);
    }
  }

  /** A take of other sentences, left over from an earlier visit: sent beside whatever happens here. */
  async sendEarlier(take) {
    this.view.showEarlier("An earlier recording was still in this browser; it is being sent now.");
    const onWaiting = (reason) => {
      this.earlier = take;
      this.view.showEarlier(`An earlier recording is kept in this browser until it can be sent. ${reason}`, { mayDelete: true });
    };
    try {
      const { stamp } = await new Uploader(this.site, { onWaiting }).send(take);
      this.view.showEarlier(`An earlier recording has arrived. Its work stamp is ${stamp}.`);
    } catch (error) {
      this.view.showEarlier(`An earlier recording could not be accepted: ${error.message}`);
    }
  }

  /** @param {import("./takes.js").Take} take */
  async discard(take) {
    if (!window.confirm("Delete this take from this browser? It has not arrived on the site.")) return;
    await forgetTake(take.client_uuid);
    location.reload();
  }

  /** @param {string} reason */
  loseMicrophone(reason) {
    this.listening.abort();
    this.microphone = null;
    if (LISTENING_NOW.includes(this.state)) this.drop(`${reason} This take was not kept. Switch the microphone on and record again.`);
    else if (this.state === "ready") this.become("idle", reason);
  }

  /** Browsers slow hidden pages down and may lose sound: such a take is worth nothing, so it ends at once. */
  hide() {
    if (!LISTENING_NOW.includes(this.state)) return;
    this.drop("The page went into the background while you recorded; browsers may lose sound then, so this take was not kept. Keep this page in front and record again.");
  }

  /** A phone that locks its screen would end the take. */
  async keepAwake() {
    this.awake = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  /** The same microphone under the next sentences. @param {HTMLElement} root */
  movedTo(root) {
    this.listening.abort();
    this.root.replaceWith(root);
    const next = new Recorder(root, this.microphone);
    next.start();
    return next;
  }

  get wouldLoseWork() {
    return NOT_KEPT_YET.includes(this.state);
  }

  get site() {
    return { uploadsUrl: this.root.dataset.uploadsUrl, csrfToken: this.root.dataset.csrfToken };
  }

  get limits() {
    return { minDurationS: Number(this.root.dataset.minDurationS), maxDurationS: Number(this.root.dataset.maxDurationS) };
  }
}

/** @param {import("./take-capture.js").CutTake} cut @param {Microphone} microphone */
function describeCapture(cut, microphone) {
  return {
    ...microphone.describe(),
    frames: cut.samples.length,
    frame_gaps: cut.frameGaps,
    first_frame: cut.firstFrame,
    duration_s: cut.samples.length / cut.sampleRateHz,
    hidden_during_take: false,
    recorder_version: RECORDER_VERSION,
  };
}
