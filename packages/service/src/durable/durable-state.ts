// SPDX-License-Identifier: Apache-2.0
import type { Ancestor } from "@zeta/attestation/service-lineage";
import { JOURNAL_ENTRY_BYTES_MAX } from "@zeta/storage/limits";
import type { Storage } from "@zeta/storage/storage";
import type { EngineCall } from "../engine-call.ts";
import type { InstanceAtRest } from "../instance-at-rest.ts";
import type { KeyCatalogue } from "../key-catalogue.ts";
import { CHECKPOINT_EPOCHS, JOURNAL_BYTES, JOURNAL_PENDING_BYTES_MAX } from "../limits.ts";
import type { CallJournal, Sealer } from "../sealer.ts";
import { EntryWriter } from "./journal-entry.ts";
import { encodeManifest } from "./manifest.ts";
import type { PastPages } from "./past-pages.ts";

export interface DurableStateOptions {
  readonly storage: Storage;
  /** The names of the keys, kept beside the records; null: a service whose keys have none. */
  readonly catalogue: KeyCatalogue | null;
  /** What is kept of the epochs under checkpoints. */
  readonly past: PastPages;
  /** What the journal holds already. */
  readonly journal: JournalLength;
  /** Threads of whoever goes on from the next checkpoint: the journal behind it runs again on as many. */
  readonly threads: number;
  readonly limits?: JournalLimits;
}

/** How long the journal gets before the store is sealed and a checkpoint taken. */
export interface JournalLimits {
  /** Default {@link CHECKPOINT_EPOCHS}. */
  readonly epochs?: number;
  /** Default {@link JOURNAL_BYTES}. */
  readonly bytes?: number;
}

export interface JournalLength {
  readonly epochs: number;
  readonly calls: number;
  readonly bytes: number;
}

export const EMPTY_JOURNAL: JournalLength = Object.freeze({ epochs: 0, calls: 0, bytes: 0 });

/** What one call adds to an entry beside its argument, at most. */
const CALL_BYTES = 32;

/**
 * Keeps what a service needs to go on after its process has ended, however it ended: the calls since the last checkpoint in a journal, and
 * at each checkpoint the records that have changed, with certificates and receipts of the epochs under it. An epoch is not certified before its calls are durable.
 */
export class DurableState implements Sealer, CallJournal {
  readonly recorder = null;
  readonly journal: CallJournal = this;
  readonly #options: DurableStateOptions;
  readonly #storage: Storage;
  #entry: EntryWriter | null = null;
  /** Of the journal, since the last checkpoint. */
  #epochs: number;
  #bytes: number;
  #hasCalls: boolean;
  #saving: Promise<void> | null = null;

  constructor(options: DurableStateOptions) {
    this.#options = options;
    this.#storage = options.storage;
    this.#epochs = options.journal.epochs;
    this.#bytes = options.journal.bytes;
    this.#hasCalls = options.journal.calls > 0;
  }

  /** Since the last checkpoint. */
  get journalBytes(): number {
    return this.#bytes;
  }

  get journalEpochs(): number {
    return this.#epochs;
  }

  get isDue(): boolean {
    if (this.#saving !== null) return false;
    const { epochs = CHECKPOINT_EPOCHS, bytes = JOURNAL_BYTES } = this.#options.limits ?? {};
    return this.#epochs + 1 >= epochs || this.#bytes >= bytes;
  }

  /** Without calls the next instance begins at the same checkpoint: else each restart of an idle service made the lineage longer. */
  get isDueAtEnd(): boolean {
    return this.#hasCalls && this.#saving === null;
  }

  get isFull(): boolean {
    return this.#storage.pendingBytes > JOURNAL_PENDING_BYTES_MAX;
  }

  ran(call: EngineCall, epoch: number): void {
    const length = CALL_BYTES + call.argument.length;
    const isFull = (this.#entry?.length ?? 0) + length > JOURNAL_ENTRY_BYTES_MAX;
    if (isFull || this.#entry?.epoch !== epoch) this.endTurn();
    this.#entry ??= new EntryWriter(epoch);
    this.#entry.add(call);
    this.#hasCalls = true;
  }

  endTurn(): void {
    if (this.#entry === null) return;
    this.#append(this.#entry);
    this.#entry = null;
  }

  async whenDurable(epoch: number): Promise<void> {
    this.endTurn();
    // Without it an epoch in which nothing ran would be unknown after a crash, and yet have a certificate.
    this.#append(new EntryWriter(epoch + 1));
    this.#epochs++;
    await this.#storage.flush();
  }

  #append(entry: EntryWriter): void {
    this.#storage.append(entry.view());
    this.#bytes += entry.length;
  }

  finish(instance: InstanceAtRest): void {
    this.#saving = this.save(instance).then(() => {
      this.#saving = null;
    });
    // Whoever closes an epoch next hears of a failure: a storage that failed once fails for ever.
    this.#saving.catch(() => {});
  }

  /** Takes a checkpoint of a store at rest, and resolves when it is saved. */
  save(instance: InstanceAtRest): Promise<void> {
    const { attestation, rootValue, fullDepth } = instance;
    const ancestor: Ancestor = { attestation, checkpoint: instance.checkpoint() };
    const { catalogue, past, threads } = this.#options;
    this.#epochs = 0;
    this.#bytes = 0;
    this.#hasCalls = false;
    return this.#storage.checkpoint({
      manifest: encodeManifest({
        lineage: [...instance.lineage, ancestor],
        ...{ rootValue, fullDepth, threads },
        isNamesComplete: catalogue?.isComplete ?? true,
      }),
      changes: instance.changes(),
      names: catalogue?.takeChanges() ?? [],
      pages: past.changes(instance),
    });
  }

  async close(): Promise<void> {
    try {
      await this.#saving;
    } finally {
      await this.#storage.close();
    }
  }
}
