/** Players of one recording share one clock: switching keeps the position, and only one sounds. */

export class PlayerGroup extends HTMLElement {
  clockS = 0;

  connectedCallback() {
    this.addEventListener("player-position", this.followPosition);
    this.addEventListener("player-peaks", this.shareScale);
  }

  disconnectedCallback() {
    this.removeEventListener("player-position", this.followPosition);
    this.removeEventListener("player-peaks", this.shareScale);
  }

  /** @returns {HTMLElement[]} */
  get players() {
    return [...this.querySelectorAll("realm-player")];
  }

  followPosition = (event) => {
    this.clockS = event.detail.positionS;
    for (const player of this.players) {
      if (player !== event.target) player.follow?.(event.detail);
    }
  };

  /** Louder must look louder: every player of a group is drawn at the scale of its loudest. */
  shareScale = () => {
    const loudest = Math.max(0, ...this.players.map((player) => player.peak ?? 0));
    for (const player of this.players) player.drawAtPeak?.(loudest);
  };
}

customElements.define("realm-player-group", PlayerGroup);
