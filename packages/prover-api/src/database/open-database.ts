// SPDX-License-Identifier: Apache-2.0
import { PGlite, types as pgliteTypes } from "@electric-sql/pglite";
import { ZetaError } from "@zeta/protocol/error";
import { Kysely, PostgresDialect, sql } from "kysely";
import type pg from "pg";
import type { Logger } from "pino";
import { lockDirectory } from "./directory-lock.ts";
import { PglitePool } from "./pglite-pool.ts";
import type { Tables } from "./schema.ts";

export type DatabaseConfig =
  | { readonly kind: "embedded"; readonly directory: string }
  | { readonly kind: "postgres"; readonly url: string; readonly connectionsMax?: number };

export interface OpenDatabase {
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

/** A connection that waits longer than this for a server counts as one that has none. */
const CONNECT_MS_MAX = 5_000;

/** No statement of ours takes long; one that does hangs, and must not hang its caller. */
const STATEMENT_MS_MAX = 15_000;

/**
 * Opens the database. Embedded: Postgres as WebAssembly in this process with its files in a directory, which must not be used by
 * another process. It survives a killed process but not a power cut: it does not sync its files.
 *
 * @throws ZetaError `directory_in_use`; `database_unreachable` when the Postgres that is named does not answer.
 */
export async function openDatabase(config: DatabaseConfig, log: Logger): Promise<OpenDatabase> {
  return config.kind === "embedded" ? openEmbedded(config.directory) : openPostgres(config, log);
}

async function openEmbedded(directory: string): Promise<OpenDatabase> {
  const lock = await lockDirectory(directory);
  try {
    const postgres = await PGlite.create(`${directory}/pgdata`, {
      parsers: { [pgliteTypes.INT8]: readInt8 },
    });
    const db = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: new PglitePool(postgres) }),
    });
    return {
      db,
      close: async () => {
        await db.destroy();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openPostgres(
  config: { readonly url: string; readonly connectionsMax?: number },
  log: Logger,
): Promise<OpenDatabase> {
  // Loaded only by who uses it: the embedded database is the default.
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.connectionsMax ?? 10,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    query_timeout: STATEMENT_MS_MAX + 1_000,
    types: {
      getTypeParser: ((oid: number, format?: "text") =>
        oid === pg.types.builtins.INT8
          ? readInt8
          : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig["getTypeParser"],
    },
  });
  // An idle connection that the server closed; the next query opens another.
  pool.on("error", (error) => log.warn({ error: error.message }, "database connection lost"));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await sql`SELECT 1`.execute(db);
  } catch (cause) {
    await db.destroy();
    const got = cause instanceof Error ? cause.message : String(cause);
    const message = `expected a Postgres at ${withoutPassword(config.url)}, got: ${got}`;
    throw new ZetaError("database_unreachable", message, { cause });
  }
  return { db, close: () => db.destroy() };
}

/** For people. */
function withoutPassword(place: string): string {
  if (!URL.canParse(place)) return "the URL of the configuration";
  const url = new URL(place);
  url.password = "";
  return url.href;
}

/** The drivers disagree on BIGINT (text, number or bigint); ours are counts and batch numbers, all safe integers. */
function readInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new ZetaError("database_value", `expected a safe integer, got ${text}`);
  }
  return value;
}
