// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { type Kysely, sql, type Transaction } from "kysely";
import { type Change, changesOf } from "../change-blocks.ts";
import type { EntryRange, SavedCheckpoint, StorageEngine } from "../engine.ts";
import type { StoredName, StoredRecord } from "../storage.ts";
import type { Tables } from "./schema.ts";

/** Rows in a statement: two parameters each, of which a statement takes 65 535. */
const ROWS_PER_STATEMENT = 1000;

/** Rows fetched at once: the longest values fill a quarter of a gigabyte, the longest entries half of one. */
const ROWS_AT_ONCE = 256;
const ENTRIES_AT_ONCE = 32;
const PAGES_AT_ONCE = 32;

/** Records, names, journal and head in tables; a checkpoint is one transaction. */
export class PostgresEngine implements StorageEngine {
  readonly place: string;
  readonly #db: Kysely<Tables>;
  /** False: a place of the format before, which is only read. */
  readonly #hasPages: boolean;

  constructor(place: string, db: Kysely<Tables>, hasPages: boolean) {
    this.place = place;
    this.#db = db;
    this.#hasPages = hasPages;
  }

  async head(): Promise<Uint8Array | null> {
    const { head } = await this.#db.selectFrom("place").select("head").executeTakeFirstOrThrow();
    return head;
  }

  async journalEnd(): Promise<number | null> {
    const last = this.#db.selectFrom("journal").select("sequence").orderBy("sequence", "desc");
    const row = await last.limit(1).executeTakeFirst();
    return row === undefined ? null : row.sequence + 1;
  }

  async *records(): AsyncGenerator<readonly StoredRecord[]> {
    const all = this.#db.selectFrom("records").selectAll().orderBy("digest").limit(ROWS_AT_ONCE);
    let rows: StoredRecord[] = await all.execute();
    for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
      yield rows;
      rows = await all.where("digest", ">", last.digest).execute();
    }
  }

  async *names(): AsyncGenerator<readonly Uint8Array[]> {
    const all = this.#db.selectFrom("names").selectAll().orderBy("digest").limit(ROWS_AT_ONCE);
    let rows = await all.execute();
    for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
      yield rows.map(({ name }) => name);
      rows = await all.where("digest", ">", last.digest).execute();
    }
  }

  async *pages(): AsyncGenerator<Uint8Array> {
    if (!this.#hasPages) return;
    const all = this.#db.selectFrom("pages").selectAll().orderBy("number").limit(PAGES_AT_ONCE);
    let rows = await all.execute();
    for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
      for (const { frame } of rows) yield frame;
      rows = await all.where("number", ">", last.number).execute();
    }
  }

  async *entries({ start, end }: EntryRange): AsyncGenerator<Uint8Array> {
    for (let from = start; from < end; from += ENTRIES_AT_ONCE) {
      const rows = await this.#db
        .selectFrom("journal")
        .select("entry")
        .where("sequence", ">=", from)
        .where("sequence", "<", Math.min(end, from + ENTRIES_AT_ONCE))
        .orderBy("sequence")
        .execute();
      for (const { entry } of rows) yield entry;
    }
  }

  async writeEntries(first: number, entries: readonly Uint8Array[]): Promise<void> {
    const rows = entries.map((entry, i) => ({ sequence: first + i, entry: bufferOf(entry) }));
    await this.#db.transaction().execute(async (transaction) => {
      for (const some of chunksOf(rows)) {
        await transaction.insertInto("journal").values(some).execute();
      }
    });
  }

  async writeCheckpoint({ head, blocks, forgotten }: SavedCheckpoint): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      for (const block of blocks) {
        for (const some of chunksOf([...changesOf(block)])) await apply(transaction, some);
      }
      await transaction
        .updateTable("place")
        .set({ head: bufferOf(head) })
        .execute();
      await transaction.deleteFrom("journal").where("sequence", "<", forgotten.end).execute();
    });
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }
}

/** A statement must not touch a row twice, so of several changes of one only the last is left. */
async function apply(transaction: Transaction<Tables>, changes: readonly Change[]): Promise<void> {
  const records = new Map<string, StoredRecord>();
  const names = new Map<string, StoredName & { readonly digest: Buffer }>();
  const pages = new Map<number, Uint8Array | null>();
  for (const change of changes) {
    if (change.of === "record") records.set(textOf(change.digest), change);
    else if (change.of === "page") pages.set(numberOf(change.key), change.frame);
    else {
      const digest = createHash("sha256").update(change.name).digest();
      names.set(textOf(digest), { ...change, digest });
    }
  }
  await saveRecords(transaction, [...records.values()]);
  const all = [...names.values()];
  await saveNames(
    transaction,
    all.filter(({ isThere }) => isThere),
  );
  const gone = all.filter(({ isThere }) => !isThere).map(({ digest }) => digest);
  if (gone.length > 0) {
    await transaction.deleteFrom("names").where("digest", "in", gone).execute();
  }
  await savePages(transaction, pages);
}

async function savePages(
  transaction: Transaction<Tables>,
  pages: ReadonlyMap<number, Uint8Array | null>,
): Promise<void> {
  if (pages.size === 0) return;
  await transaction
    .deleteFrom("pages")
    .where("number", "in", [...pages.keys()])
    .execute();
  const rows = [...pages].flatMap(([number, frame]) =>
    frame === null ? [] : [{ number, frame: bufferOf(frame) }],
  );
  if (rows.length > 0) await transaction.insertInto("pages").values(rows).execute();
}

async function saveRecords(
  transaction: Transaction<Tables>,
  records: readonly StoredRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ digest, value }) => ({
    digest: bufferOf(digest),
    value: value === null ? null : bufferOf(value),
  }));
  await transaction
    .insertInto("records")
    .values(rows)
    .onConflict((conflict) => conflict.column("digest").doUpdateSet({ value: sql`excluded.value` }))
    .execute();
}

async function saveNames(
  transaction: Transaction<Tables>,
  names: readonly { readonly digest: Buffer; readonly name: Uint8Array }[],
): Promise<void> {
  if (names.length === 0) return;
  const rows = names.map(({ digest, name }) => ({ digest, name: bufferOf(name) }));
  await transaction
    .insertInto("names")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function* chunksOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < rows.length; i += ROWS_PER_STATEMENT) {
    yield rows.slice(i, i + ROWS_PER_STATEMENT);
  }
}

/** As a key of a map. */
function textOf(digest: Uint8Array): string {
  return bufferOf(digest).toString("latin1");
}

function numberOf(key: Uint8Array): number {
  return Number(bufferOf(key).readBigUInt64BE());
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
