/** Which signals of one trial were heard in this tab; survives a reload, not the tab. */

export class TrialMemory {
  /** @param {string} trial */
  constructor(trial) {
    this.key = `heard ${trial}`;
    this.heard = new Set(readList(this.key));
  }

  /** @returns {string[]} */
  get numbers() {
    return [...this.heard];
  }

  has(number) {
    return this.heard.has(number);
  }

  add(number) {
    if (this.heard.has(number)) return;
    this.heard.add(number);
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.numbers));
    } catch {
      // A full or forbidden storage costs another listen after a reload, nothing else.
    }
  }

  forget() {
    sessionStorage.removeItem(this.key);
  }
}

function readList(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}
