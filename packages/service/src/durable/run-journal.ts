// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { Storage } from "@zeta/storage/storage";
import type { EngineCall, Executed } from "../engine-call.ts";
import type { CallObserver } from "../key-catalogue.ts";
import type { JournalLength } from "./durable-state.ts";
import { decodeJournalEntry, type JournalEntry } from "./journal-entry.ts";

/** Runs calls as they come: an instance of one thread, or an engine of several. */
export interface JournalRunner {
  /** The epoch that calls run in now. */
  readonly epoch: number;
  /** Ends it; resolves when the monitor has certified it. */
  closeEpochAgain(): Promise<void>;
  /**
   * Without reserving ids: the service that ran the calls may have forgotten an older receipt of the same id a little earlier than this one does.
   *
   * @returns The answers of all the calls, whose log the monitor has accepted.
   */
  runAgain(calls: readonly EngineCall[]): Promise<readonly Executed[]>;
}

export interface JournalRun {
  readonly storage: Storage;
  readonly runner: JournalRunner;
  /** Hears of every call. */
  readonly observe: CallObserver | null;
  /** False: the instance runs other code than the calls ran on, so it could answer them otherwise. */
  readonly mayRun: boolean;
  /** Called after each entry; rejects when the run is to end. */
  readonly breathe: () => Promise<void>;
}

/**
 * Runs the journal's calls again, in the epochs in which they ran. Functions are pure, so every answer and every receipt is as it was, and the
 * certificates of those epochs say the same as before.
 *
 * @throws ZetaError `storage_damaged` for a journal that cannot have been written by this service; `journal_of_other_code`.
 */
export async function runJournal(run: JournalRun): Promise<JournalLength> {
  const length = { epochs: 0, calls: 0, bytes: 0 };
  const underWay = new EntriesUnderWay();
  for await (const bytes of run.storage.journal()) {
    const entry = decoded(bytes);
    length.bytes += bytes.length;
    length.calls += entry.calls.length;
    if (entry.epoch !== run.runner.epoch || underWay.bytes > UNDER_WAY_BYTES) await underWay.end();
    length.epochs += await closeUntil(run.runner, entry.epoch);
    if (entry.calls.length > 0) underWay.add(runEntry(run, entry), bytes.length);
    await run.breathe();
  }
  await underWay.end();
  return length;
}

/** Several threads come to their answers one after the other: entries that are waited for one by one would keep most of them idle. */
class EntriesUnderWay {
  bytes = 0;
  #entries: Promise<void>[] = [];

  add(entry: Promise<void>, bytes: number): void {
    // Whoever waits for the end hears of it.
    entry.catch(() => {});
    this.#entries.push(entry);
    this.bytes += bytes;
  }

  /** Resolves when all have run. */
  async end(): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    this.bytes = 0;
    await Promise.all(entries);
  }
}

/** Enough calls for every thread to have some; few against the memory of a service. */
const UNDER_WAY_BYTES = 1 << 20;

function decoded(bytes: Uint8Array): JournalEntry {
  try {
    return decodeJournalEntry(bytes);
  } catch (cause) {
    throw new ZetaError("storage_damaged", "expected an entry of a journal, got other bytes", {
      cause,
    });
  }
}

/** Closes the present epoch if the entry is of the next one; returns how many were closed. The journal names each epoch. */
async function closeUntil(runner: JournalRunner, epoch: number): Promise<number> {
  const closed = epoch - runner.epoch;
  if (closed !== 0 && closed !== 1) {
    const message = `expected an entry of epoch ${runner.epoch} or the next, got ${epoch}`;
    throw new ZetaError("storage_damaged", message);
  }
  if (closed === 1) await runner.closeEpochAgain();
  return closed;
}

async function runEntry(run: JournalRun, { epoch, calls }: JournalEntry): Promise<void> {
  if (!run.mayRun) {
    const message =
      "expected a journal without calls, since they ran on other code; got some: start the version that wrote them once more and stop it cleanly";
    throw new ZetaError("journal_of_other_code", message);
  }
  const answers = await run.runner.runAgain(calls);
  for (const [i, { result, epoch: ranIn }] of answers.entries()) {
    const { function: number, argument } = calls[i] as EngineCall;
    run.observe?.(number, argument, result);
    if (ranIn === epoch) continue;
    const message = `expected a call to run in epoch ${epoch} again, got epoch ${ranIn}`;
    throw new ZetaError("storage_damaged", message);
  }
}
