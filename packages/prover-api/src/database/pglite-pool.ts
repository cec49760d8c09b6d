// SPDX-License-Identifier: Apache-2.0
import type { PGlite } from "@electric-sql/pglite";
import type { PostgresPool, PostgresPoolClient } from "kysely";

/**
 * Makes the one connection of an embedded Postgres look like a pool of size one: whoever connects waits, first come first served,
 * until the holder before releases. So a transaction is never mixed with somebody else's queries.
 */
export class PglitePool implements PostgresPool {
  readonly #postgres: PGlite;
  #tail: Promise<void> = Promise.resolve();

  constructor(postgres: PGlite) {
    this.#postgres = postgres;
  }

  async connect(): Promise<PostgresPoolClient> {
    const turn = this.#tail;
    let release = () => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    await turn;
    const postgres = this.#postgres;
    // The interface has a cursor overload; streaming is not offered here.
    const query = async (sql: unknown, parameters?: readonly unknown[]) => {
      const result = await postgres.query(String(sql), [...(parameters ?? [])]);
      // kysely reads the row count only of these commands, and "UPDATE" is one.
      return { command: "UPDATE", rowCount: result.affectedRows ?? 0, rows: result.rows };
    };
    return { query: query as PostgresPoolClient["query"], release };
  }

  async end(): Promise<void> {
    await this.#tail;
    await this.#postgres.close();
  }
}
