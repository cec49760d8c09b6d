// SPDX-License-Identifier: Apache-2.0
import { Percentiles } from "./percentiles.ts";

interface Answered {
  readonly at: number;
  readonly count: number;
}

/** Measures how long answers stay provisional: from the answer to the verified certificate of its epoch, in milliseconds. */
export class CertificationClock {
  readonly waits = new Percentiles();
  readonly #open = new Map<number, Answered[]>();
  #epochs = 0;
  #certified = -1;

  /** Epochs certified since the start. */
  get epochs(): number {
    return this.#epochs;
  }

  /** The last certified epoch, -1 before the first. */
  get certifiedEpoch(): number {
    return this.#certified;
  }

  answered(epoch: number, count: number, at: number): void {
    // The news of a certificate may overtake the last answers of its epoch.
    if (epoch <= this.#certified) {
      this.waits.add(0, count);
      return;
    }
    const answers = this.#open.get(epoch);
    if (answers === undefined) this.#open.set(epoch, [{ at, count }]);
    else answers.push({ at, count });
  }

  certified(epoch: number, at: number): void {
    this.#epochs++;
    this.#certified = epoch;
    for (const [open, answers] of this.#open) {
      if (open > epoch) continue;
      for (const answer of answers) this.waits.add(at - answer.at, answer.count);
      this.#open.delete(open);
    }
  }
}
