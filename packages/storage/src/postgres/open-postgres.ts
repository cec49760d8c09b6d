// SPDX-License-Identifier: Apache-2.0
import { type Kysely, sql } from "kysely";
import type { EngineOptions } from "../engine.ts";
import { formatLine, isNewestFormat } from "../format.ts";
import { withPatience } from "../patience.ts";
import { placeForPeople } from "../place-for-people.ts";
import { asStorageError, storageError } from "../storage-errors.ts";
import { migrateToLatest, SCHEMA } from "./migrations.ts";
import { OneConnection } from "./one-connection.ts";
import { PostgresEngine } from "./postgres-engine.ts";
import type { Tables } from "./schema.ts";

/** Number of the advisory lock of the one who writes: arbitrary, but the same in every process. */
const WRITER_LOCK = 7_202_611;

/** Opens the schema `zeta_storage` of a database (Postgres 12 or later), one service's in each database. */
export async function openPostgres(url: string, options: EngineOptions): Promise<PostgresEngine> {
  const place = placeForPeople(url);
  const connection = await OneConnection.open(url, place);
  const db = connection.withSchema(SCHEMA);
  try {
    if (options.isReadOnly) await beginSnapshot(connection, place);
    else {
      await withPatience(() => takeLock(connection, place));
      await makeDurable(connection);
      await migrateToLatest(connection);
      await db
        .insertInto("place")
        .values({ id: 1, format: formatLine(options.serviceId), head: null })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    const { format } = await db.selectFrom("place").select("format").executeTakeFirstOrThrow();
    const isNewest = isNewestFormat(place, format, options.serviceId);
    if (!isNewest && !options.isReadOnly) {
      await db
        .updateTable("place")
        .set({ format: formatLine(options.serviceId) })
        .execute();
    }
    return new PostgresEngine(place, db, isNewest || !options.isReadOnly);
  } catch (error) {
    await connection.destroy().catch(() => {});
    throw asStorageError("storage_failed", `a Postgres at ${place}`, error);
  }
}

/** Of the session: a crashed writer's lock goes with its connection. */
async function takeLock(connection: Kysely<Tables>, place: string): Promise<void> {
  const { rows } = await sql<{ taken: boolean }>`
    SELECT pg_try_advisory_lock(${WRITER_LOCK}) AS taken`.execute(connection);
  if (rows[0]?.taken === true) return;
  const message = `expected nobody else to write to ${place}, got another session with the lock`;
  throw storageError("storage_in_use", message);
}

/** A server may be set up to acknowledge what its disk does not have yet; here it must not. */
export async function makeDurable(connection: Kysely<Tables>): Promise<void> {
  await sql`SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local')`.execute(connection);
}

/** Who only reads does so in one transaction, to the end: it sees one state. */
async function beginSnapshot(connection: Kysely<Tables>, place: string): Promise<void> {
  await sql`BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`.execute(connection);
  const { rows } = await sql<{ there: string | null }>`
    SELECT to_regclass(${`${SCHEMA}.place`})::text AS there`.execute(connection);
  if (rows[0]?.there != null) return;
  throw storageError("storage_unreachable", `expected a storage in ${place}, got none`);
}
