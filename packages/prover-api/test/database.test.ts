// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { proverApiConfigFromJson } from "../src/config.ts";
import { lockDirectory } from "../src/database/directory-lock.ts";
import { migrateToLatest, migratorOf } from "../src/database/migrations.ts";
import { openDatabase } from "../src/database/open-database.ts";
import { hasRealPostgres, startRealPostgres } from "./support/real-postgres.ts";
import { openTestDatabase, silent, temporaryDirectory } from "./support/server.ts";

let folder: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  folder = temporaryDirectory();
});
afterEach(() => folder.remove());

describe("the lock of a directory", () => {
  const lockFile = () => join(folder.path, "zeta.lock");
  const owner = (pid: number, host = hostname()) => JSON.stringify({ pid, host });

  test("one holder; free again after the release", async () => {
    const lock = await lockDirectory(folder.path);
    await expect(lockDirectory(folder.path)).rejects.toMatchObject({ code: "directory_in_use" });
    await lock.release();
    await (await lockDirectory(folder.path)).release();
    expect(existsSync(lockFile())).toBe(false);
  });

  test("of a process that is gone: taken over", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(lockFile(), owner(pid));
    const lock = await lockDirectory(folder.path);
    expect(JSON.parse(readFileSync(lockFile(), "utf8")).pid).toBe(process.pid);
    await lock.release();
  });

  test("of an earlier process with our number: taken over", async () => {
    writeFileSync(lockFile(), owner(process.pid));
    await (await lockDirectory(folder.path)).release();
  });

  test.each([
    ["a live process", () => owner(process.ppid)],
    ["a process on another machine", () => owner(1, "elsewhere.invalid")],
    ["nobody readable", () => ""],
    ["nonsense", () => '{"pid":-1,"host":"x"}'],
  ])("of %s: never", async (_who, text) => {
    writeFileSync(lockFile(), text());
    await expect(lockDirectory(folder.path)).rejects.toMatchObject({ code: "directory_in_use" });
    expect(readFileSync(lockFile(), "utf8")).toBe(text());
  });

  test("while another takes over: not at the same time", async () => {
    writeFileSync(lockFile(), owner(process.pid));
    writeFileSync(`${lockFile()}.takeover`, owner(process.pid));
    await expect(lockDirectory(folder.path)).rejects.toMatchObject({ code: "directory_in_use" });
  });
});

test("the embedded database is opened once, keeps its rows, and reads numbers as numbers", async () => {
  const config = { kind: "embedded", directory: folder.path } as const;
  const first = await openTestDatabase(config);
  await expect(openDatabase(config, silent)).rejects.toMatchObject({ code: "directory_in_use" });
  await sql`CREATE TABLE kept (n BIGINT)`.execute(first.db);
  await sql`INSERT INTO kept VALUES (${2 ** 40})`.execute(first.db);
  await first.close();
  const second = await openDatabase(config, silent);
  const { rows } = await sql<{ n: number }>`SELECT n FROM kept`.execute(second.db);
  expect(rows).toEqual([{ n: 2 ** 40 }]);
  const tooLarge = sql`SELECT 9007199254740993::bigint`.execute(second.db);
  await expect(tooLarge).rejects.toMatchObject({ code: "database_value" });
  await second.close();
});

test("transactions of the embedded database wait for each other", async () => {
  const { db, close } = await openTestDatabase({ kind: "embedded", directory: folder.path });
  await sql`CREATE TABLE counter (n INT)`.execute(db);
  await sql`INSERT INTO counter VALUES (0)`.execute(db);
  const add = () =>
    db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ n: number }>`SELECT n FROM counter`.execute(transaction);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await sql`UPDATE counter SET n = ${(rows[0]?.n ?? 0) + 1}`.execute(transaction);
    });
  await Promise.all(Array.from({ length: 20 }, add));
  expect((await sql<{ n: number }>`SELECT n FROM counter`.execute(db)).rows).toEqual([{ n: 20 }]);
  await close();
});

test.runIf(hasRealPostgres)("migrations go up, down and up again on a real Postgres", async () => {
  const postgres = await startRealPostgres();
  const { db, close } = await openDatabase(
    { kind: "postgres", url: await postgres.createDatabase() },
    silent,
  );
  // Two servers start at once.
  await Promise.all([migrateToLatest(db), migrateToLatest(db)]);
  const tables = async () =>
    (await db.introspection.getTables())
      .map((table) => table.name)
      .filter((name) => !name.startsWith("kysely"))
      .sort();
  const all = [
    "batch_blobs",
    "batches",
    "tee_attestations",
    "tee_proof_generation_details",
    "tee_released_leases",
  ];
  expect(await tables()).toEqual(all);
  expect((await migratorOf(db).migrateDown()).error).toBeUndefined();
  expect(await tables()).toEqual([]);
  await migrateToLatest(db);
  expect(await tables()).toEqual(all);
  const { rows } = await sql<{ n: number }>`SELECT 1::bigint AS n`.execute(db);
  expect(rows).toEqual([{ n: 1 }]);
  await close();
  await postgres.stop();
});

test("a configuration is read strictly", () => {
  const config = { compat: "zksync", leaseSeconds: 5, database: { kind: "postgres", url: "x" } };
  expect(proverApiConfigFromJson(config)).toEqual(config);
  for (const wrong of [null, [], { port: "1" }, { leaseSecond: 5 }, { blobs: { kind: "x" } }]) {
    expect(() => proverApiConfigFromJson(wrong)).toThrow(/expected a prover API configuration/);
  }
});
