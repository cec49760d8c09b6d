// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isKept, keptIn, Sampler, sayKept } from "../../src/bench/store/measure.ts";
import type { Subject } from "../../src/bench/store/subject.ts";

/** Epochs that are kept, and epochs that are not, on a clock of the test's own. */

const EPOCH_MS = 100;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A subject whose certificates take so long, and which does an operation in each millisecond in which it may. */
class Pretended {
  pauses = 0;
  answered = 0;
  readonly isVerified: boolean;
  readonly cluster = {
    closeEpoch: () => new Promise((resolve) => setTimeout(resolve, this.#closeMs)),
  };
  readonly #closeMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(closeMs: number | null) {
    this.isVerified = closeMs !== null;
    this.#closeMs = closeMs ?? 0;
  }

  resume(): void {
    this.#timer ??= setInterval(() => this.answered++, 1);
  }

  pause(): Promise<void> {
    this.pauses++;
    clearInterval(this.#timer);
    this.#timer = undefined;
    return Promise.resolve();
  }
}

async function samplesOf(subject: Pretended, count: number) {
  const sampler = new Sampler(subject as unknown as Subject, EPOCH_MS, 3);
  const samples = [];
  for (let i = 0; i < count; i++) {
    const sample = sampler.sample();
    await vi.advanceTimersByTimeAsync(2000);
    samples.push(await sample);
  }
  return samples;
}

test("closes in time: epochs are as long as they should be, and operations never wait", async () => {
  const subject = new Pretended(40);
  const samples = await samplesOf(subject, 3);
  expect(samples.flatMap(({ periodsMs }) => periodsMs)).toEqual(new Array(9).fill(EPOCH_MS));
  expect(samples.flatMap(({ certificationsMs }) => certificationsMs)).toEqual(
    new Array(9).fill(40),
  );
  expect(subject.pauses).toBe(samples.length);
  const kept = keptIn(samples)!;
  expect(isKept(kept, EPOCH_MS)).toBe(true);
  expect(sayKept(kept, EPOCH_MS)).toBe(
    "epochs of 0.10 s kept (median 0.10 s, longest 0.10 s), certified after 0.04 s",
  );
});

test("closes that take too long: operations wait, the next epoch is closed at once, and nobody says it was kept", async () => {
  const subject = new Pretended(250);
  const samples = await samplesOf(subject, 3);
  const [first, ...others] = samples.flatMap(({ periodsMs }) => periodsMs);
  expect(first).toBe(EPOCH_MS);
  for (const period of others) {
    expect(period).toBeGreaterThanOrEqual(250);
    expect(period).toBeLessThan(255);
  }
  // In each epoch operations run until the next close is due, then they wait for the certificate.
  expect(subject.pauses).toBe(3 * 3 + samples.length);
  expect(subject.answered / (3 * 3 * EPOCH_MS)).toBeLessThan(1.2);
  const kept = keptIn(samples)!;
  expect(isKept(kept, EPOCH_MS)).toBe(false);
  expect(sayKept(kept, EPOCH_MS)).toMatch(/^cannot keep epochs of 0\.10 s: one in 0\.25 s/);
});

test("without a monitor there are no epochs to keep", async () => {
  const [sample] = await samplesOf(new Pretended(null), 1);
  expect(sample!.periodsMs).toEqual([]);
  expect(sample!.operationsPerSecond).toBeGreaterThan(900);
  expect(keptIn([sample!])).toBeNull();
});

test("a certificate that never comes is told, and leaves no timer", async () => {
  const subject = new Pretended(10);
  subject.cluster.closeEpoch = () => Promise.reject(new Error("no certificate"));
  const sampler = new Sampler(subject as unknown as Subject, EPOCH_MS, 3);
  const told = expect(sampler.sample()).rejects.toThrow("no certificate");
  await vi.advanceTimersByTimeAsync(1000);
  await told;
});
