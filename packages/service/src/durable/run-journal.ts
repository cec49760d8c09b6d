// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { Storage } from "@zeta/storage/storage";
import type { EngineCall } from "../engine-call.ts";
import type { Instance } from "../instance.ts";
import type { CallObserver } from "../key-catalogue.ts";
import type { JournalLength } from "./durable-state.ts";
import { decodeJournalEntry, type JournalEntry } from "./journal-entry.ts";

export interface JournalRun {
  readonly storage: Storage;
  readonly instance: Instance;
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
  for await (const bytes of run.storage.journal()) {
    const entry = decoded(bytes);
    length.bytes += bytes.length;
    length.calls += entry.calls.length;
    length.epochs += closeUntil(run.instance, entry.epoch);
    if (entry.calls.length > 0) runEntry(run, entry);
    await run.breathe();
  }
  return length;
}

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
function closeUntil(instance: Instance, epoch: number): number {
  const closed = epoch - instance.epoch;
  if (closed !== 0 && closed !== 1) {
    const message = `expected an entry of epoch ${instance.epoch} or the next, got ${epoch}`;
    throw new ZetaError("storage_damaged", message);
  }
  if (closed === 1) instance.closeEpochNow();
  return closed;
}

function runEntry({ instance, observe, mayRun }: JournalRun, { epoch, calls }: JournalEntry): void {
  if (!mayRun) {
    const message =
      "expected a journal without calls, since they ran on other code; got some: start the version that wrote them once more and stop it cleanly";
    throw new ZetaError("journal_of_other_code", message);
  }
  // Without reserving ids: the service that ran them may have forgotten an older receipt of the same id a little earlier than this one does.
  for (let ran = 0; ran < calls.length; ) {
    const answers = instance.runSome(calls, ran);
    for (const { result, epoch: ranIn } of answers) {
      const { function: number, argument } = calls[ran++] as EngineCall;
      observe?.(number, argument, result);
      if (ranIn === epoch) continue;
      const message = `expected a call to run in epoch ${epoch} again, got epoch ${ranIn}`;
      throw new ZetaError("storage_damaged", message);
    }
    instance.verify();
    instance.assertHolds();
  }
}
