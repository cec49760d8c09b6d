// SPDX-License-Identifier: Apache-2.0
import { type Kysely, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  hasRealPostgres,
  startRealPostgres,
  type TestPostgres,
} from "../../prover-api/test/support/real-postgres.ts";
import { openStorage } from "../src/open-storage.ts";
import { migratorOf } from "../src/postgres/migrations.ts";
import { OneConnection } from "../src/postgres/one-connection.ts";
import { makeDurable } from "../src/postgres/open-postgres.ts";
import type { Tables } from "../src/postgres/schema.ts";
import { describeConformance } from "./support/conformance.ts";
import { content, text } from "./support/contents.ts";
import { describeCrashes } from "./support/crashes.ts";

const KV = { serviceId: "kv" };

describe.runIf(hasRealPostgres)("a real Postgres", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startRealPostgres();
  });
  afterAll(() => postgres.stop());

  /** Changes the tables behind a storage's back. */
  const inside = async (url: string, change: (db: Kysely<Tables>) => Promise<unknown>) => {
    const db = await OneConnection.open(url, "test");
    await change(db);
    await db.destroy();
  };

  describeConformance("Postgres", async () => {
    const url = await postgres.createDatabase();
    return {
      open: (options) => openStorage(url, options),
      setFormat: (line) =>
        inside(url, (db) => sql`UPDATE zeta_storage.place SET format = ${line}`.execute(db)),
      makeFormer: () =>
        inside(url, async (db) => {
          await migratorOf(db).migrateDown();
          await sql`UPDATE zeta_storage.place SET format = 'zeta.storage 1 kv'`.execute(db);
        }),
      damageJournal: (how) =>
        inside(url, (db) =>
          how === "gap"
            ? sql`DELETE FROM zeta_storage.journal WHERE sequence = 1`.execute(db)
            : sql`UPDATE zeta_storage.journal SET entry = set_byte(entry, 12, 7)
                WHERE sequence = 2`.execute(db),
        ),
      remove: async () => {},
    };
  });

  describeCrashes("Postgres", async () => ({
    place: await postgres.createDatabase(),
    remove: async () => {},
  }));

  test("a writer whose session has ended writes nothing, and another may", async () => {
    const url = await postgres.createDatabase();
    const storage = await openStorage(url, KV);
    await storage.checkpoint(content("m"));
    await inside(url, (db) =>
      sql`SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND objid = 7202611
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(
        db,
      ),
    );
    const other = await openStorage(url, KV);
    storage.append(text("too late"));
    await expect(storage.flush()).rejects.toMatchObject({ code: "storage_failed" });
    await storage.close().catch(() => {});
    for await (const entry of other.journal()) expect(entry).toBe("none");
    await other.close();
  });

  test("a server that acknowledges too early is told not to", async () => {
    const url = await postgres.createDatabase();
    await inside(url, (db) =>
      sql`ALTER DATABASE ${sql.id(new URL(url).pathname.slice(1))}
        SET synchronous_commit = off`.execute(db),
    );
    await inside(url, async (db) => {
      const setting = async () =>
        (await sql<{ synchronous_commit: string }>`SHOW synchronous_commit`.execute(db)).rows[0];
      expect(await setting()).toEqual({ synchronous_commit: "off" });
      await makeDurable(db);
      expect(await setting()).toEqual({ synchronous_commit: "on" });
    });
  });

  test("the schema goes up, down and up again", async () => {
    const url = await postgres.createDatabase();
    await (await openStorage(url, KV)).close();
    await inside(url, async (db) => {
      expect((await migratorOf(db).migrateDown()).error).toBeUndefined();
    });
    await (await openStorage(url, KV)).close();
  });

  test("a database without a storage is not made one by who only reads", async () => {
    const opened = openStorage(await postgres.createDatabase(), { ...KV, isReadOnly: true });
    await expect(opened).rejects.toMatchObject({ code: "storage_unreachable" });
  });
});

test("a Postgres that is not there", async () => {
  const gone = openStorage("postgres://zeta:secret@127.0.0.1:1/zeta", KV);
  await expect(gone).rejects.toMatchObject({ code: "storage_unreachable" });
  await expect(gone).rejects.not.toThrow(/secret/);
});
