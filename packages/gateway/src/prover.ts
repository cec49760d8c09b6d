// SPDX-License-Identifier: Apache-2.0
/**
 * The work of a gateway: register, then claim, verify, finish, until told to stop. Claims run ahead of the verifiers by one batch each,
 * and all that follows a verdict runs behind them, so a verifier never waits for network or disk while there is work.
 *
 * Stopping has two steps: `stop` ends claiming and gives back what is not begun; `halt`, later, ends what is being verified, gives that
 * back too, and leaves unacknowledged proofs in the outbox.
 */
import { AsyncQueue } from "./async-queue.ts";
import { Background } from "./background.ts";
import { claimNext } from "./claim.ts";
import { finishBatch } from "./finish-batch.ts";
import type { ProverParts } from "./parts.ts";
import type { ReadyBatch } from "./ready-batch.ts";
import { register } from "./register.ts";
import { releaseAll } from "./release.ts";
import { submitKept } from "./submit.ts";
import { verifyBatch } from "./verify-batch.ts";

export interface StopSignals {
  readonly stop: AbortSignal;
  readonly halt: AbortSignal;
}

interface Run {
  readonly parts: ProverParts;
  readonly queue: AsyncQueue<ReadyBatch>;
  readonly background: Background;
  readonly stop: AbortSignal;
  readonly halt: AbortSignal;
}

/** Runs until stopped. Rejects when the server refuses this gateway for good; nothing is left held then either. */
export async function runProver(parts: ProverParts, signals: StopSignals): Promise<void> {
  // The first error ends everything, and is the one that is told.
  const fatal = new AbortController();
  const stop = AbortSignal.any([signals.stop, fatal.signal]);
  const halt = AbortSignal.any([signals.halt, fatal.signal]);
  const queue = new AsyncQueue<ReadyBatch>(parts.settings.verifiers);
  const background = new Background((error) => fatal.abort(error));
  const run: Run = { parts, queue, background, stop, halt };
  const guarded = (task: Promise<void>) =>
    task.catch((error) => {
      // An ordinary stop ends calls with an abort.
      if (!signals.stop.aborted) fatal.abort(error);
    });
  const closing = onAbort(stop, () => releaseAll(parts, queue.close()));
  await guarded(work(run, guarded));
  await closing;
  await background.done();
  if (fatal.signal.aborted) throw fatal.signal.reason;
}

async function work(run: Run, guarded: (task: Promise<void>) => Promise<void>): Promise<void> {
  const { parts, background, stop, halt } = run;
  await register(parts, parts.identity, stop);
  for (const { proof, isSuperseded } of parts.outbox.entries()) {
    if (!isSuperseded) await background.start(() => submitKept(parts, proof, halt));
  }
  const verifiers = Array.from({ length: parts.settings.verifiers });
  await Promise.all(verifiers.flatMap(() => [guarded(claimLoop(run)), guarded(verifyLoop(run))]));
}

async function claimLoop({ parts, queue, stop }: Run): Promise<void> {
  while (await queue.reserve()) {
    const batch = await claimNext(parts, stop);
    if (batch === null) return;
    // Stopped while the data was coming: nobody takes it any more.
    if (stop.aborted) await releaseAll(parts, [batch]);
    else queue.put(batch);
  }
}

async function verifyLoop({ parts, queue, background, halt }: Run): Promise<void> {
  const { clock, metrics } = parts;
  while (true) {
    const since = clock.now();
    const batch = await queue.take();
    if (batch === null) return;
    metrics.idleSeconds.observe((clock.now() - since) / 1000);
    const outcome = await verifyBatch(parts, batch, halt);
    if (outcome !== null) await background.start(() => finishBatch(parts, batch, outcome, halt));
  }
}

/** Runs `action` once when aborted; resolves when that is done. */
function onAbort(signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const run = () => void action().then(resolve, reject);
    if (signal.aborted) run();
    else signal.addEventListener("abort", run, { once: true });
  });
}
