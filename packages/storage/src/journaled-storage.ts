// SPDX-License-Identifier: Apache-2.0
import { assert, type ZetaError } from "@zeta/protocol/error";
import { DIGEST_BYTES, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { packChanges } from "./change-blocks.ts";
import type { StorageEngine } from "./engine.ts";
import { decodeHead, encodeHead, entryOf, frameNumbered, type Head, pageOf } from "./framing.ts";
import { JOURNAL_ENTRY_BYTES_MAX, MANIFEST_BYTES_MAX } from "./limits.ts";
import type {
  CheckpointContent,
  Storage,
  StorageErrorCode,
  StoredPage,
  StoredRecord,
} from "./storage.ts";
import { asStorageError, storageError } from "./storage-errors.ts";
import { isUnfinishedCopy } from "./unfinished-copy.ts";
import { WriteQueue } from "./write-queue.ts";

/** A {@link Storage} on an engine: numbers and checks what the engine only writes and reads. */
export class JournaledStorage implements Storage {
  readonly #engine: StorageEngine;
  readonly #queue: WriteQueue;
  readonly #isReadOnly: boolean;
  /** The number of the first entry after the last checkpoint asked for. */
  #journalStart: number;
  #readers = 0;
  #isClosed = false;

  private constructor(engine: StorageEngine, journal: Journal, isReadOnly: boolean) {
    this.#engine = engine;
    this.#isReadOnly = isReadOnly;
    this.#journalStart = journal.start;
    this.#queue = new WriteQueue(engine, journal.end);
  }

  /** Takes over an engine that was just opened; closes it when what it holds is damaged. */
  static async open(
    engine: StorageEngine,
    options: { readonly isReadOnly: boolean },
  ): Promise<JournaledStorage> {
    try {
      const start = (await readHead(engine)).journalStart;
      const end = (await engine.journalEnd()) ?? start;
      if (end < start) throw damaged(`a journal from entry ${start}`, `one up to ${end}`);
      return new JournaledStorage(engine, { start, end }, options.isReadOnly);
    } catch (error) {
      await engine.close();
      throw asStorageError("storage_damaged", `${engine.place} to be readable`, error);
    }
  }

  get place(): string {
    return this.#engine.place;
  }

  get pendingBytes(): number {
    return this.#queue.pendingBytes;
  }

  get failure(): ZetaError<StorageErrorCode> | null {
    return this.#queue.failure;
  }

  async manifest(): Promise<Uint8Array | null> {
    const { manifest } = await this.#reading(() => readHead(this.#engine));
    if (!isUnfinishedCopy(manifest)) return manifest;
    const got = "a copy that was not finished; copy into it once more, or take another place";
    throw storageError(
      "storage_unfinished",
      `expected all of a storage in ${this.place}, got ${got}`,
    );
  }

  async *records(): AsyncGenerator<readonly StoredRecord[]> {
    yield* this.#pieces(this.#engine.records(), (records) => records.forEach(checkRecord));
  }

  async *names(): AsyncGenerator<readonly Uint8Array[]> {
    yield* this.#pieces(this.#engine.names(), (names) => names.forEach(checkName));
  }

  async *pages(): AsyncGenerator<StoredPage & { readonly bytes: Uint8Array }> {
    let next = 0;
    for await (const frame of this.#pieces(this.#engine.pages(), () => {})) {
      const page = pageOf(frame);
      if (page.number < next) throw damaged(`a page from ${next} on`, `page ${page.number}`);
      next = page.number + 1;
      yield page;
    }
  }

  async *journal(): AsyncGenerator<Uint8Array> {
    await this.#queue.idle();
    const range = { start: this.#journalStart, end: this.#queue.next };
    let sequence = range.start;
    for await (const frame of this.#pieces(this.#engine.entries(range), () => {})) {
      yield entryOf(frame, sequence);
      sequence += 1;
    }
    if (sequence !== range.end) throw damaged(`entries up to ${range.end}`, `up to ${sequence}`);
  }

  append(entry: Uint8Array): void {
    this.#assertWritable();
    assert(
      entry.length <= JOURNAL_ENTRY_BYTES_MAX,
      `an entry has at most ${JOURNAL_ENTRY_BYTES_MAX} bytes, got ${entry.length}`,
    );
    this.#queue.append(frameNumbered(this.#queue.next, entry));
  }

  flush(): Promise<void> {
    this.#assertWritable();
    return this.#queue.flush();
  }

  checkpoint(content: CheckpointContent): Promise<void> {
    this.#assertWritable();
    assert(this.#readers === 0, "no checkpoint is saved while the last one is being read");
    const { manifest, keepsJournal = false } = content;
    const length = manifest?.length ?? 0;
    assert(
      length <= MANIFEST_BYTES_MAX,
      `a manifest has at most ${MANIFEST_BYTES_MAX} bytes, got ${length}`,
    );
    const blocks = packChanges(content);
    const start = this.#journalStart;
    const forgotten = { start, end: keepsJournal ? start : this.#queue.next };
    const head = encodeHead({ journalStart: forgotten.end, manifest });
    this.#journalStart = forgotten.end;
    return this.#queue.checkpoint({ head, blocks, forgotten });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#queue.idle();
    await this.#engine.close();
    if (this.#queue.failure !== null) throw this.#queue.failure;
  }

  #assertWritable(): void {
    assert(!this.#isClosed, "the storage is open");
    assert(!this.#isReadOnly, "the storage was opened for writing");
  }

  /** Reads after everything that was asked to be written, and counts as a reader meanwhile. */
  async #reading<T>(read: () => Promise<T>): Promise<T> {
    assert(!this.#isClosed, "the storage is open");
    this.#readers += 1;
    try {
      await this.#queue.idle();
      return await read();
    } catch (error) {
      throw asStorageError("storage_failed", `${this.place} to be read`, error);
    } finally {
      this.#readers -= 1;
    }
  }

  async *#pieces<T>(pieces: AsyncIterable<T>, check: (piece: T) => void): AsyncGenerator<T> {
    const iterator = pieces[Symbol.asyncIterator]();
    this.#readers += 1;
    try {
      for (;;) {
        const { done, value } = await this.#reading(() => iterator.next());
        if (done === true) return;
        check(value);
        yield value;
      }
    } finally {
      this.#readers -= 1;
      await iterator.return?.();
    }
  }
}

interface Journal {
  readonly start: number;
  readonly end: number;
}

async function readHead(engine: StorageEngine): Promise<Head> {
  const bytes = await engine.head();
  return bytes === null ? { journalStart: 0, manifest: null } : decodeHead(bytes);
}

/** These bytes come from a disk or a network, not from us. */
function checkRecord({ digest, value }: StoredRecord): void {
  if (digest.length !== DIGEST_BYTES || (value?.length ?? 0) > VALUE_BYTES_MAX) {
    const got = `${digest.length} and ${value?.length ?? 0} bytes`;
    throw damaged(`a digest of ${DIGEST_BYTES} and a value of at most ${VALUE_BYTES_MAX}`, got);
  }
}

function checkName(name: Uint8Array): void {
  if (name.length > KEY_BYTES_MAX) {
    throw damaged(`a name of at most ${KEY_BYTES_MAX} bytes`, `${name.length}`);
  }
}

function damaged(expected: string, got: string) {
  return storageError("storage_damaged", `expected ${expected}, got ${got}`);
}
