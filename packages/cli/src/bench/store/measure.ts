// SPDX-License-Identifier: Apache-2.0
import type { Subject } from "./subject.ts";

export interface Sample {
  /** Operations per second of wall time, the close of one epoch included. */
  readonly operationsPerSecond: number;
  /** From the close of the epoch to its certificate, in milliseconds; 0 without a monitor. */
  readonly certificationMs: number;
}

/**
 * Takes samples of one epoch each, between which the subject may pause: operations run until the epoch is old enough, it is closed, and
 * operations go on in the next one until the certificate is there. What ran since the close counts for the next epoch's age, so epochs
 * are as long as asked for, unless closing takes longer: then they are as long as that.
 */
export class Sampler {
  readonly #subject: Subject;
  readonly #epochMs: number;
  /** How long operations of the present epoch have run. */
  #ageMs = 0;

  constructor(subject: Subject, epochMs: number) {
    this.#subject = subject;
    this.#epochMs = epochMs;
  }

  async sample(): Promise<Sample> {
    const subject = this.#subject;
    const [start, answered] = [performance.now(), subject.answered];
    subject.resume();
    await sleep(Math.max(0, this.#epochMs - this.#ageMs));
    const closed = performance.now();
    if (subject.isVerified) await subject.cluster.closeEpoch();
    const certificationMs = subject.isVerified ? performance.now() - closed : 0;
    await subject.pause();
    const end = performance.now();
    this.#ageMs = subject.isVerified ? end - closed : 0;
    const operations = subject.answered - answered;
    return { operationsPerSecond: (1000 * operations) / (end - start), certificationMs };
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
