// SPDX-License-Identifier: Apache-2.0
/** A real Redis for tests: a server of its own, which keeps nothing on disk. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

function isInstalled(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** With ZETA_REQUIRE_REDIS=1, as in continuous integration, there must be one. */
export const hasRealRedis = isInstalled();

if (!hasRealRedis) {
  const message = "redis-server is not on the PATH (Debian: redis-server)";
  if (process.env.ZETA_REQUIRE_REDIS === "1") throw new Error(`expected a real Redis; ${message}`);
  console.log(`skipped: storage in a real Redis; ${message}`);
}

export interface RealRedis {
  readonly url: string;
  readonly admin: Redis;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export async function startRealRedis(): Promise<RealRedis> {
  const directory = mkdtempSync(join(tmpdir(), "zeta-redis-"));
  const port = await freePort();
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", directory];
  const child = spawn("redis-server", options, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const admin = new Redis(port, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  admin.on("error", () => {});
  await admin.ping();
  const stop = async () => {
    admin.disconnect();
    child.kill("SIGTERM");
    await ended;
    rmSync(directory, { recursive: true });
  };
  return { url: `redis://127.0.0.1:${port}`, admin, stop };
}
