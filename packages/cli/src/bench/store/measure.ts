// SPDX-License-Identifier: Apache-2.0
import { median } from "../row.ts";
import type { Subject } from "./subject.ts";

export interface Sample {
  /** Operations per second of wall time, whatever the closes take included. */
  readonly operationsPerSecond: number;
  /** From one close to the next, in milliseconds; empty without a monitor. */
  readonly periodsMs: readonly number[];
  /** From the close of each epoch to its certificate. */
  readonly certificationsMs: readonly number[];
}

/**
 * Takes samples of some epochs each, between which the subject may pause. An epoch is closed when it is old enough, and operations go on in
 * the next one. When the next close is due and the last epoch is not certified, closing comes first: operations wait, and the next epoch is
 * closed at once. So the periods say whether the subject keeps its epochs, and who takes too long for its closes pays with operations.
 */
export class Sampler {
  readonly #subject: Subject;
  readonly #epochs: number;
  #epochMs: number;
  /** How long the present epoch has lasted, pauses between samples not counted. */
  #ageMs = 0;

  /** @param epochs in each sample, an odd number */
  constructor(subject: Subject, epochMs: number, epochs = 1) {
    this.#subject = subject;
    this.#epochMs = epochMs;
    this.#epochs = epochs;
  }

  get epochMs(): number {
    return this.#epochMs;
  }

  /** From the next sample on epochs are this long. */
  set epochMs(epochMs: number) {
    this.#epochMs = epochMs;
  }

  async sample(): Promise<Sample> {
    const subject = this.#subject;
    const [start, answered] = [performance.now(), subject.answered];
    let closed = start - this.#ageMs;
    const [periodsMs, certificationsMs]: [number[], number[]] = [[], []];
    subject.resume();
    for (let epoch = 0; epoch < this.#epochs; epoch++) {
      await sleep(Math.max(0, closed + this.#epochMs - performance.now()));
      const before = closed;
      closed = performance.now();
      if (!subject.isVerified) continue;
      periodsMs.push(closed - before);
      await this.#certify();
      certificationsMs.push(performance.now() - closed);
    }
    await subject.pause();
    const end = performance.now();
    this.#ageMs = subject.isVerified ? end - closed : 0;
    const operations = subject.answered - answered;
    const operationsPerSecond = (1000 * operations) / (end - start);
    return { operationsPerSecond, periodsMs, certificationsMs };
  }

  /** Closes the epoch and waits for its certificate. */
  async #certify(): Promise<void> {
    const subject = this.#subject;
    const certificate = subject.cluster.closeEpoch();
    let pause: Promise<void> | null = null;
    const due = setTimeout(() => {
      pause = subject.pause();
      // Whoever waits for the certificate hears of a failure there.
      pause.catch(() => {});
    }, this.#epochMs);
    try {
      await certificate;
    } finally {
      clearTimeout(due);
    }
    await pause;
    if (pause !== null) subject.resume();
  }
}

/** How a subject keeps its epochs, from some samples. */
export interface Kept {
  readonly periodMs: number;
  readonly periodMsLongest: number;
  readonly certificationMs: number;
}

/** A timer's delay is no failure to keep an epoch. */
const TOLERANCE = 1.05;

/** Null without a monitor. Medians, and the longest period. */
export function keptIn(samples: readonly Sample[]): Kept | null {
  const periodsMs = samples.flatMap((sample) => sample.periodsMs);
  if (periodsMs.length === 0) return null;
  return {
    periodMs: median(periodsMs),
    periodMsLongest: Math.max(...periodsMs),
    certificationMs: median(samples.flatMap((sample) => sample.certificationsMs)),
  };
}

/** Is the usual period as long as it was to be? */
export function isKept({ periodMs }: Kept, epochMs: number): boolean {
  return periodMs <= TOLERANCE * epochMs;
}

/** In words: whoever does not keep epochs of a second is not said to have them. */
export function sayKept(kept: Kept, epochMs: number): string {
  const { periodMs, periodMsLongest, certificationMs } = kept;
  const longest = `longest ${seconds(periodMsLongest)}`;
  const epochs = isKept(kept, epochMs)
    ? `epochs of ${seconds(epochMs)} kept (median ${seconds(periodMs)}, ${longest})`
    : `cannot keep epochs of ${seconds(epochMs)}: one in ${seconds(periodMs)} (${longest})`;
  return `${epochs}, certified after ${seconds(certificationMs)}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
