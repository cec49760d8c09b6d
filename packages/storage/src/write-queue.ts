// SPDX-License-Identifier: Apache-2.0
import type { ZetaError } from "@zeta/protocol/error";
import type { SavedCheckpoint, StorageEngine } from "./engine.ts";
import { WRITE_BYTES_MAX, WRITE_ENTRIES_MAX } from "./limits.ts";
import type { StorageErrorCode } from "./storage.ts";
import { asStorageError } from "./storage-errors.ts";

interface EntriesJob {
  readonly kind: "entries";
  readonly first: number;
  readonly entries: Uint8Array[];
  bytes: number;
}

interface CheckpointJob {
  readonly kind: "checkpoint";
  readonly checkpoint: SavedCheckpoint;
  readonly done: () => void;
  readonly fail: (error: ZetaError<StorageErrorCode>) => void;
}

interface Waiter {
  /** The number after the last entry that must be durable. */
  readonly end: number;
  readonly done: () => void;
  readonly fail: (error: ZetaError<StorageErrorCode>) => void;
}

/**
 * Makes one write after the other, in the order in which they were asked for. Entries that wait are written together, so that the
 * slower a disk is, the more of them share its sync. The first write that fails is the last one.
 */
export class WriteQueue {
  readonly #engine: StorageEngine;
  readonly #jobs: (EntriesJob | CheckpointJob)[] = [];
  readonly #waiters: Waiter[] = [];
  #running: Promise<void> | null = null;
  #appended: number;
  #durable: number;
  #pendingBytes = 0;
  #failure: ZetaError<StorageErrorCode> | null = null;

  /** @param next the number of the next entry */
  constructor(engine: StorageEngine, next: number) {
    this.#engine = engine;
    this.#appended = next;
    this.#durable = next;
  }

  /** The number of the next entry. */
  get next(): number {
    return this.#appended;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get failure(): ZetaError<StorageErrorCode> | null {
    return this.#failure;
  }

  append(frame: Uint8Array): void {
    if (this.#failure !== null) return;
    const last = this.#jobs.at(-1);
    const job = last?.kind === "entries" && hasRoom(last, frame) ? last : this.#newEntriesJob();
    job.entries.push(frame);
    job.bytes += frame.length;
    this.#appended += 1;
    this.#pendingBytes += frame.length;
    this.#start();
  }

  #newEntriesJob(): EntriesJob {
    const job: EntriesJob = { kind: "entries", first: this.#appended, entries: [], bytes: 0 };
    this.#jobs.push(job);
    return job;
  }

  flush(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#durable === this.#appended) return Promise.resolve();
    return new Promise((done, fail) => this.#waiters.push({ end: this.#appended, done, fail }));
  }

  checkpoint(checkpoint: SavedCheckpoint): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((done, fail) => {
      this.#jobs.push({ kind: "checkpoint", checkpoint, done, fail });
      this.#start();
    });
  }

  /** Resolves when nothing is left to be written, or nothing can be. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What is appended in the same turn is written together.
    await null;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      try {
        await (job.kind === "entries" ? this.#writeEntries(job) : this.#writeCheckpoint(job));
      } catch (error) {
        this.#fail(asStorageError("storage_failed", `${this.#engine.place} to be written`, error));
        if (job.kind === "checkpoint" && this.#failure !== null) job.fail(this.#failure);
      }
    }
    this.#running = null;
  }

  async #writeEntries({ first, entries, bytes }: EntriesJob): Promise<void> {
    await this.#engine.writeEntries(first, entries);
    this.#durable = first + entries.length;
    this.#pendingBytes -= bytes;
    while ((this.#waiters[0]?.end ?? Number.POSITIVE_INFINITY) <= this.#durable) {
      this.#waiters.shift()?.done();
    }
  }

  async #writeCheckpoint({ checkpoint, done }: CheckpointJob): Promise<void> {
    await this.#engine.writeCheckpoint(checkpoint);
    done();
  }

  #fail(failure: ZetaError<StorageErrorCode>): void {
    this.#failure = failure;
    for (const job of this.#jobs.splice(0)) if (job.kind === "checkpoint") job.fail(failure);
    for (const waiter of this.#waiters.splice(0)) waiter.fail(failure);
  }
}

function hasRoom(job: EntriesJob, frame: Uint8Array): boolean {
  return job.entries.length < WRITE_ENTRIES_MAX && job.bytes + frame.length <= WRITE_BYTES_MAX;
}
