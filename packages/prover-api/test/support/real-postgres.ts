// SPDX-License-Identifier: Apache-2.0
/**
 * A real Postgres for the tests that need one: the server of ZETA_TEST_POSTGRES_URL, or one started here from an installed package in
 * a temporary directory on a Unix socket.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestPostgres {
  /** URL of a fresh, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * vitest hands its own resolve conditions to Node, so that `require("pg-pool")` inside pg finds the ES module, whose namespace is not
 * the class that pg extends. The class is put in its place before pg is loaded.
 */
async function loadPg() {
  const require = createRequire(import.meta.url);
  const path = require.resolve("pg-pool");
  const loaded = require(path);
  if (typeof loaded !== "function") {
    const replaced = new Module(path);
    Object.assign(replaced, { filename: path, loaded: true, exports: loaded.default });
    require.cache[path] = replaced;
  }
  return (await import("pg")).default;
}

/** Where the binaries are, or null. */
function findBinaries(): string | null {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort() : [];
  const folders = versions.map((version) => join(base, version, "bin"));
  return folders.filter((folder) => existsSync(join(folder, "initdb"))).at(-1) ?? null;
}

/** The server refuses to run as root, so it runs as its own user then. */
function serverUser(): { uid: number; gid: number } | object | null {
  if (process.getuid?.() !== 0) return {};
  try {
    const idOf = (flag: string) =>
      Number(execFileSync("id", [flag, "postgres"], { stdio: "pipe" }));
    return { uid: idOf("-u"), gid: idOf("-g") };
  } catch {
    return null;
  }
}

const url = process.env.ZETA_TEST_POSTGRES_URL;
const binaries = findBinaries();
const user = serverUser();

/** Can tests have a real Postgres here? */
export const hasRealPostgres = url !== undefined || (binaries !== null && user !== null);

// Continuous integration must not skip by accident what it is there for.
if (process.env.ZETA_REQUIRE_POSTGRES === "1" && !hasRealPostgres) {
  throw new Error(
    "ZETA_REQUIRE_POSTGRES: expected Debian's postgresql or ZETA_TEST_POSTGRES_URL, got neither",
  );
}

if (!hasRealPostgres) {
  console.log("skipped: tests on a real Postgres; set ZETA_TEST_POSTGRES_URL to run them");
}

export async function startRealPostgres(): Promise<TestPostgres> {
  return url === undefined
    ? startOwn()
    : { createDatabase: () => create(url), stop: async () => {} };
}

async function startOwn(): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), "zeta-postgres-"));
  const as = user as { uid?: number; gid?: number };
  if (as.uid !== undefined && as.gid !== undefined) chownSync(directory, as.uid, as.gid);
  const data = join(directory, "data");
  execFileSync(
    join(binaries as string, "initdb"),
    ["-D", data, "-U", "zeta", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
    { ...as, stdio: "pipe", cwd: directory },
  );
  const settings = ["fsync=off", "max_connections=200", "listen_addresses="];
  const server = spawn(
    join(binaries as string, "postgres"),
    ["-D", data, "-k", directory, ...settings.flatMap((setting) => ["-c", setting])],
    { ...as, stdio: "ignore", cwd: directory },
  );
  const adminUrl = `postgres://zeta@localhost/postgres?host=${encodeURIComponent(directory)}`;
  await untilUp(adminUrl, server);
  return {
    createDatabase: () => create(adminUrl),
    async stop() {
      const exited = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilUp(adminUrl: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    const client = new (await loadPg()).Client({ connectionString: adminUrl });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("postgres did not come up");
}

async function create(adminUrl: string): Promise<string> {
  const name = `zeta_${randomUUID().replaceAll("-", "")}`;
  const client = new (await loadPg()).Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const created = new URL(adminUrl);
  created.pathname = `/${name}`;
  return created.href;
}
