// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Transaction } from "lmdb";
import { type Change, changesOf } from "../change-blocks.ts";
import type { EntryRange, SavedCheckpoint, StorageEngine } from "../engine.ts";
import { PIECE_BYTES, PIECE_RECORDS_MAX } from "../limits.ts";
import type { StoredRecord } from "../storage.ts";
import { storageError } from "../storage-errors.ts";
import { HEAD_KEY, type LmdbTables, type Table } from "./lmdb-tables.ts";
import type { WriterLock } from "./writer-lock.ts";

/** Writes of a checkpoint between two turns of the event loop: some ten milliseconds. */
const WRITES_PER_TURN = 4096;

const NO_VALUE = Buffer.of(0);

/** Records, names, journal and head in one LMDB environment: a checkpoint is one transaction. */
export class LmdbEngine implements StorageEngine {
  readonly place: string;
  readonly #tables: LmdbTables;
  readonly #lock: WriterLock | null;
  /** Who only reads sees the state as of the opening, whatever is written meanwhile. */
  readonly #snapshot: Transaction | null;

  constructor(place: string, tables: LmdbTables, lock: WriterLock | null) {
    this.place = place;
    this.#tables = tables;
    this.#lock = lock;
    this.#snapshot = lock === null ? tables.root.useReadTransaction() : null;
  }

  async head(): Promise<Uint8Array | null> {
    return this.#tables.meta.get(HEAD_KEY, this.#view()) ?? null;
  }

  async journalEnd(): Promise<number | null> {
    const last = { reverse: true, limit: 1, ...this.#view() };
    for (const key of this.#tables.journal.getKeys(last)) return numberOf(key) + 1;
    return null;
  }

  async *records(): AsyncGenerator<readonly StoredRecord[]> {
    for await (const piece of this.#pieces(this.#tables.records)) {
      yield piece.map(({ key, value }) => ({ digest: key, value: decodeValue(value) }));
    }
  }

  async *names(): AsyncGenerator<readonly Uint8Array[]> {
    for await (const piece of this.#pieces(this.#tables.names)) {
      yield piece.map(({ value }) => value);
    }
  }

  async *pages(): AsyncGenerator<Uint8Array> {
    if (this.#tables.pages === null) return;
    for await (const piece of this.#pieces(this.#tables.pages)) {
      for (const { value } of piece) yield value;
    }
  }

  async *entries({ start, end }: EntryRange): AsyncGenerator<Uint8Array> {
    const bounds = { start: keyOf(start), end: keyOf(end) };
    for await (const piece of this.#pieces(this.#tables.journal, bounds)) {
      for (const { value } of piece) yield value;
    }
  }

  async writeEntries(first: number, entries: readonly Uint8Array[]): Promise<void> {
    const { journal } = this.#tables;
    // One transaction, which another thread commits and syncs.
    const put = () => {
      for (const [i, entry] of entries.entries()) journal.put(keyOf(first + i), bufferOf(entry));
    };
    await journal.batch(put).catch(rethrowCause);
  }

  async writeCheckpoint({ head, blocks, forgotten }: SavedCheckpoint): Promise<void> {
    const { root, meta, journal } = this.#tables;
    // A child transaction, because lmdb-js commits any other even if its callback throws.
    const write = async () => {
      let writes = 0;
      const breathe = async () => {
        writes += 1;
        if (writes % WRITES_PER_TURN === 0) await setImmediate();
      };
      for (const block of blocks) {
        for (const change of changesOf(block)) {
          this.#put(change);
          await breathe();
        }
      }
      for (let n = forgotten.start; n < forgotten.end; n++) {
        journal.removeSync(keyOf(n));
        await breathe();
      }
      meta.putSync(HEAD_KEY, bufferOf(head));
    };
    await root.childTransaction(write).catch(rethrowCause);
  }

  #put(change: Change): void {
    const { records, names, pages } = this.#tables;
    if (change.of === "record") {
      records.putSync(bufferOf(change.digest), encodeValue(change.value));
    } else if (change.of === "page") {
      if (change.frame === null) pages?.removeSync(bufferOf(change.key));
      else pages?.putSync(bufferOf(change.key), bufferOf(change.frame));
    } else if (change.isThere) names.putSync(nameKey(change.name), bufferOf(change.name));
    else names.removeSync(nameKey(change.name));
  }

  async close(): Promise<void> {
    this.#snapshot?.done();
    await this.#tables.root.close();
    await this.#lock?.release();
  }

  #view(): { transaction: Transaction } | object {
    return this.#snapshot === null ? {} : { transaction: this.#snapshot };
  }

  /** A table in the order of its keys, in pieces; nothing is held open between two of them. */
  async *#pieces(
    table: Table,
    bounds: { start?: Buffer; end?: Buffer } = {},
  ): AsyncGenerator<{ readonly key: Buffer; readonly value: Buffer }[]> {
    let after: object = bounds.start === undefined ? {} : { start: bounds.start };
    for (;;) {
      const piece: { key: Buffer; value: Buffer }[] = [];
      let bytes = 0;
      const options = { ...bounds, ...after, ...this.#view(), limit: PIECE_RECORDS_MAX };
      for (const { key, value } of table.getRange(options)) {
        piece.push({ key, value });
        bytes += key.length + value.length;
        if (bytes >= PIECE_BYTES) break;
      }
      const last = piece.at(-1);
      if (last === undefined) return;
      after = { start: last.key, exclusiveStart: true };
      yield piece;
      await setImmediate();
    }
  }
}

/** lmdb-js hides why a commit failed in a promise, which must be waited for, or it ends the process. */
async function rethrowCause(error: unknown): Promise<never> {
  const { commitError } = error as { readonly commitError?: Promise<never> };
  if (commitError !== undefined) await commitError;
  throw error;
}

function encodeValue(value: Uint8Array | null): Buffer {
  if (value === null) return NO_VALUE;
  const encoded = Buffer.allocUnsafe(1 + value.length);
  encoded[0] = 1;
  encoded.set(value, 1);
  return encoded;
}

function decodeValue(encoded: Buffer): Uint8Array | null {
  const [flag] = encoded;
  if (flag === 1) return encoded.subarray(1);
  if (flag === 0 && encoded.length === 1) return null;
  throw storageError("storage_damaged", `expected a value after 00 or 01, got ${flag}`);
}

function nameKey(name: Uint8Array): Buffer {
  return createHash("sha256").update(name).digest();
}

function keyOf(sequence: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(sequence));
  return key;
}

function numberOf(key: Buffer): number {
  const number = key.length === 8 ? Number(key.readBigUInt64BE()) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw storageError("storage_damaged", `expected an entry's number, got ${key.toString("hex")}`);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
