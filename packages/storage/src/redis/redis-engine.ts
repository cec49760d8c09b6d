// SPDX-License-Identifier: Apache-2.0
import type { EntryRange, SavedCheckpoint, StorageEngine } from "../engine.ts";
import { decodeHead } from "../framing.ts";
import { PIECE_RECORDS_MAX } from "../limits.ts";
import type { StoredRecord } from "../storage.ts";
import { storageError } from "../storage-errors.ts";
import { asBytes, asCount, asList, type RedisConnection, type Reply } from "./redis-connection.ts";
import { type RedisKeys, SHARDS } from "./redis-keys.ts";
import type { RedisLock } from "./redis-lock.ts";
import { APPEND, APPLY, COMMIT, STAGE } from "./scripts.ts";

/** Entries fetched at once: the longest ones fill a quarter of a gigabyte. */
const ENTRIES_AT_ONCE = 16;

/** Pages fetched at once, of a megabyte each at most. */
const PAGES_AT_ONCE = 16;

/** Hashes of records fetched at once. */
const SHARDS_AT_ONCE = 16;

export interface RedisPlace {
  readonly place: string;
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** Null: it is only read. */
  readonly lock: RedisLock | null;
  readonly waitsForDisk: boolean;
}

/**
 * Records, names, journal and head in Redis. A checkpoint is too large for one command, so it is written in three parts: its blocks are
 * staged in a list that nobody reads; one small script puts the new head in place, ends the journal and declares the blocks valid; then
 * the blocks are applied, each by a script that also removes it. A crash before the second part leaves the old state; after it the new
 * one, whose remaining blocks the next opener applies before anything is read.
 */
export class RedisEngine implements StorageEngine {
  readonly place: string;
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #lock: RedisLock | null;
  readonly #waitsForDisk: boolean;
  #generation = 0;

  constructor({ place, connection, keys, lock, waitsForDisk }: RedisPlace) {
    this.place = place;
    this.#connection = connection;
    this.#keys = keys;
    this.#lock = lock;
    this.#waitsForDisk = waitsForDisk;
  }

  /** Finishes a checkpoint that was interrupted. Who only reads cannot, and is refused while one is on its way. */
  async recover(): Promise<void> {
    this.#generation = asCount(await this.#headField("generation"));
    if (this.#lock === null) return this.#checkUnchanged();
    await this.#apply(asCount(await this.#headField("redo")));
  }

  async head(): Promise<Uint8Array | null> {
    const bytes = await this.#headField("bytes");
    return bytes === null ? null : asBytes(bytes);
  }

  async journalEnd(): Promise<number | null> {
    const length = asCount(await this.#connection.call("LLEN", this.#keys.journal));
    return length === 0 ? null : (await this.#journalStart()) + length;
  }

  async *records(): AsyncGenerator<readonly StoredRecord[]> {
    for (let first = 0; first < SHARDS; first += SHARDS_AT_ONCE) {
      const shards = Array.from({ length: SHARDS_AT_ONCE }, (_, i) => this.#keys.shard(first + i));
      const replies = await Promise.all(
        shards.map((shard) => this.#connection.call("HGETALL", shard)),
      );
      await this.#checkUnchanged();
      for (const reply of replies) {
        const records = recordsOf(asList(reply));
        if (records.length > 0) yield records;
      }
    }
  }

  async *names(): AsyncGenerator<readonly Uint8Array[]> {
    let from = Buffer.from("-");
    for (;;) {
      const limit = ["LIMIT", 0, PIECE_RECORDS_MAX] as const;
      const reply = await this.#connection.call(
        "ZRANGEBYLEX",
        this.#keys.names,
        from,
        "+",
        ...limit,
      );
      await this.#checkUnchanged();
      const names = asList(reply).map(asBytes);
      const last = names.at(-1);
      if (last === undefined) return;
      from = Buffer.concat([Buffer.from("("), last]);
      yield names;
    }
  }

  async *pages(): AsyncGenerator<Uint8Array> {
    const { pages } = this.#keys;
    const numbers = asList(await this.#connection.call("HKEYS", pages)).map(asBytes);
    numbers.sort(Buffer.compare);
    for (let from = 0; from < numbers.length; from += PAGES_AT_ONCE) {
      const some = numbers.slice(from, from + PAGES_AT_ONCE);
      const frames = asList(await this.#connection.call("HMGET", pages, ...some));
      await this.#checkUnchanged();
      for (const frame of frames) yield asBytes(frame);
    }
  }

  async *entries({ start, end }: EntryRange): AsyncGenerator<Uint8Array> {
    const offset = await this.#journalStart();
    for (let from = start; from < end; from += ENTRIES_AT_ONCE) {
      const to = Math.min(end, from + ENTRIES_AT_ONCE);
      const { journal } = this.#keys;
      const indexes = [from - offset, to - 1 - offset] as const;
      const reply = await this.#connection.call("LRANGE", journal, ...indexes);
      await this.#checkUnchanged();
      for (const entry of asList(reply)) yield asBytes(entry);
    }
  }

  async writeEntries(first: number, entries: readonly Uint8Array[]): Promise<void> {
    const { head, journal } = this.#keys;
    await this.#run(APPEND, [head, journal], first, ...entries);
    await this.#untilDurable();
  }

  async writeCheckpoint({ head, blocks, forgotten }: SavedCheckpoint): Promise<void> {
    const { head: headKey, journal, redo } = this.#keys;
    await this.#run(STAGE, [redo], "1");
    for (const block of blocks) await this.#run(STAGE, [redo], "0", block);
    const { start, end } = forgotten;
    const numbers = [decodeHead(head).journalStart, end - start, blocks.length];
    await this.#run(COMMIT, [headKey, journal, redo], head, ...numbers);
    this.#generation += 1;
    await this.#apply(blocks.length);
    await this.#untilDurable();
  }

  async close(): Promise<void> {
    // When the connection is lost the lock is, too.
    await this.#lock?.release().catch(() => {});
    this.#connection.close();
  }

  async #apply(blocks: number): Promise<void> {
    const { head, redo, names, pages, records } = this.#keys;
    for (let left = blocks; left > 0; ) {
      const now = asCount(await this.#run(APPLY, [head, redo, names, pages], records));
      if (now !== left - 1)
        throw storageError("storage_damaged", `expected ${left - 1}, got ${now}`);
      left = now;
    }
  }

  /** Runs one of the scripts that begin by comparing the writer. */
  #run(
    script: string,
    keys: readonly string[],
    ...args: readonly (string | number | Uint8Array)[]
  ): Promise<Reply> {
    const token = this.#lock?.token ?? "";
    return this.#connection.run(script, [this.#keys.writer, ...keys], token, ...args);
  }

  /** Where the server can tell, until its disk has it; otherwise its configuration decides what an acknowledged write survives. */
  async #untilDurable(): Promise<void> {
    if (!this.#waitsForDisk) return;
    const [local = 0] = asList(await this.#connection.call("WAITAOF", 1, 0, 0));
    if (asCount(local) < 1) throw storageError("storage_failed", "expected the append-only file");
  }

  /** Who only reads has no snapshot here: that nobody saved a checkpoint meanwhile is found out afterwards. */
  async #checkUnchanged(): Promise<void> {
    if (this.#lock !== null) return;
    const generation = asCount(await this.#headField("generation"));
    const redo = asCount(await this.#headField("redo"));
    if (generation === this.#generation && redo === 0) return;
    throw storageError(
      "storage_in_use",
      `expected no checkpoint to be saved in ${this.place} while it is read, got one`,
    );
  }

  async #journalStart(): Promise<number> {
    return asCount(await this.#headField("journalStart"));
  }

  #headField(field: string): Promise<Reply> {
    return this.#connection.call("HGET", this.#keys.head, field);
  }
}

/** HGETALL's answer: digest, value, digest, value. */
function recordsOf(reply: readonly Reply[]): StoredRecord[] {
  const records: StoredRecord[] = [];
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const value = asBytes(reply[i + 1] ?? null);
    const [flag] = value;
    if (flag !== 1 && !(flag === 0 && value.length === 1)) {
      throw storageError("storage_damaged", `expected a value after 00 or 01, got ${flag}`);
    }
    const digest = asBytes(reply[i] ?? null);
    records.push({ digest, value: flag === 1 ? value.subarray(1) : null });
  }
  return records;
}
