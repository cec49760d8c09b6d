// SPDX-License-Identifier: Apache-2.0
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import pg from "pg";
import { asStorageError, storageError } from "../storage-errors.ts";
import type { Tables } from "./schema.ts";

/** A server that does not answer for so long counts as none. */
const CONNECT_MS_MAX = 10_000;

/**
 * One connection, for as long as the storage is open, as the pool that kysely wants. It is never renewed: the writer's lock belongs to the
 * server's session, so that whoever can still write through it still is the writer. Who wants it waits, first come first served.
 */
export class OneConnection implements PostgresPool {
  readonly #client: pg.Client;
  #tail: Promise<void> = Promise.resolve();

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string, place: string): Promise<Kysely<Tables>> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      keepAlive: true,
      types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
    });
    // Whoever waits for an answer gets the error, too.
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (error) {
      throw asStorageError("storage_unreachable", `a Postgres at ${place}`, error);
    }
    return new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: new OneConnection(client) }),
    });
  }

  async connect(): Promise<PostgresPoolClient> {
    const turn = this.#tail;
    let release = () => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    await turn;
    // The interface has a cursor overload; streaming is not offered here.
    const query = (sql: string, parameters?: readonly unknown[]) =>
      this.#client.query(sql, [...(parameters ?? [])]);
    return { query: query as unknown as PostgresPoolClient["query"], release };
  }

  async end(): Promise<void> {
    await this.#tail;
    await this.#client.end();
  }
}

function parserOf(oid: number, format?: "text" | "binary") {
  return oid === pg.types.builtins.INT8 ? readInt8 : pg.types.getTypeParser(oid, format as "text");
}

/** Numbers of journal entries: safe integers, or nobody of ours wrote them. */
function readInt8(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw storageError("storage_damaged", `expected a safe integer, got ${text}`);
}
