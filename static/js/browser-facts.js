/** What a recording needs to know about the browser: coarse family names only, nothing that identifies a person. */

const BROWSERS = [
  ["Edge", /\bEdg(e|A|iOS)?\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\b(Firefox|FxiOS)\//],
  ["Chrome", /\bCriOS\//],
  ["Chromium", /\b(HeadlessChrome|Chromium|Chrome)\//],
  ["Safari", /\bSafari\//],
];

const SYSTEMS = [
  ["iOS", /\b(iPhone|iPad|iPod)\b/],
  ["Android", /\bAndroid\b/],
  ["Windows", /\bWindows\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
];

/** @param {[string, RegExp][]} names @param {string} userAgent */
function firstMatch(names, userAgent) {
  return names.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? "unknown";
}

export const browserFamily = (userAgent = navigator.userAgent) => firstMatch(BROWSERS, userAgent);
export const systemFamily = (userAgent = navigator.userAgent) => firstMatch(SYSTEMS, userAgent);

/**
 * The kind of microphone, guessed from its label; the label itself may carry a person's name and stays here.
 * @param {string} label
 * @returns {"built-in" | "usb" | "bluetooth" | "unknown"}
 */
export function deviceClass(label) {
  if (/bluetooth|airpods|hands-?free|\bbuds\b|\bBT\b/i.test(label)) return "bluetooth";
  if (/\busb\b|\([0-9a-f]{4}:[0-9a-f]{4}\)/i.test(label)) return "usb";
  if (/built-?in|internal|macbook|imac|iphone|ipad|microphone array|realtek|speakerphone/i.test(label)) return "built-in";
  return "unknown";
}

/** What keeps this browser from recording, as a sentence with the remedy; null when nothing does. */
export function whyUnsupported() {
  if (!window.isSecureContext) {
    return "Browsers only give the microphone to pages with https:// in their address. Open this page with https://.";
  }
  if (!navigator.mediaDevices?.getUserMedia) {
    return "This browser offers no microphone to web pages. If you opened the link inside another app (mail, chat), " +
      "open it in Chrome, Edge, Firefox or Safari instead.";
  }
  if (typeof AudioWorkletNode === "undefined") {
    return "This browser is too old to record without losing sound. Update it, or use Chrome 66, Edge 79, Firefox 76, " +
      "Safari 14.1 (iOS 14.5) or newer.";
  }
  if (!window.indexedDB) {
    return "This browser cannot keep a recording safe while it is sent. Leave private browsing, or use another browser.";
  }
  return null;
}

/** A reason to take another microphone, as a sentence; null when there is none. @param {string} microphoneClass */
export function whyUnsuitable(microphoneClass) {
  if (microphoneClass !== "bluetooth") return null;
  return "This is a Bluetooth microphone: it records a narrow sound of one person. Choose the device’s own microphone or one with a cable, and reload the page.";
}

const WHERE_TO_ALLOW = {
  Chromium: "Press the icon left of the address, set “Microphone” to “Allow”, then press “Try again”.",
  Chrome: "Open the iOS Settings, choose Chrome, switch “Microphone” on, then reload this page.",
  Edge: "Press the lock left of the address, set “Microphone” to “Allow”, then press “Try again”.",
  Firefox: "Press the crossed-out microphone left of the address, remove “Blocked”, then press “Try again”.",
  Safari: "Open Safari’s menu, “Settings for This Website”, set “Microphone” to “Allow”, then reload this page. " +
    "On an iPhone or iPad press “aA” in the address bar, “Website Settings”.",
};

/**
 * A sentence a person can act on for each way getUserMedia fails.
 * @param {string} errorName `name` of the DOMException
 */
export function whyNoMicrophone(errorName, browser = browserFamily()) {
  if (errorName === "NotAllowedError" || errorName === "SecurityError") {
    const remedy = WHERE_TO_ALLOW[browser] ?? "Allow the microphone for this site in the browser’s settings, then press “Try again”.";
    return `The browser did not let this page use the microphone. ${remedy}`;
  }
  if (errorName === "NotFoundError" || errorName === "OverconstrainedError") {
    return "No microphone was found. Plug one in or switch it on, then press “Try again”.";
  }
  if (errorName === "NotReadableError" || errorName === "AbortError") {
    return "The microphone is there but could not be opened. Close other programs that use it (calls, meetings), then press “Try again”.";
  }
  return `The microphone could not be opened (${errorName}). Reload the page; if it happens again, try another browser.`;
}
