// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import { fromHex } from "@zeta/protocol/hex";
import type { Kysely } from "kysely";
import type { Tables } from "../database/schema.ts";
import type { BlobStore, OpenBlob } from "./blob-store.ts";

/** Blobs in a table of the job database: nothing else to run, for batches of a few megabytes. */
export class PostgresBlobs implements BlobStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async put(digest: string, data: Uint8Array): Promise<void> {
    await this.#db
      .insertInto("batch_blobs")
      .values({ digest: fromHex(digest), data })
      .onConflict((conflict) => conflict.column("digest").doNothing())
      .execute();
  }

  async open(digest: string): Promise<OpenBlob | null> {
    const row = await this.#db
      .selectFrom("batch_blobs")
      .select("data")
      .where("digest", "=", fromHex(digest))
      .executeTakeFirst();
    if (row === undefined) return null;
    return { bytes: row.data.length, stream: Readable.from([row.data], { objectMode: false }) };
  }

  async has(digest: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("batch_blobs")
      .select("digest")
      .where("digest", "=", fromHex(digest))
      .executeTakeFirst();
    return row !== undefined;
  }
}
