// SPDX-License-Identifier: Apache-2.0
/** The programs of a real Redis, for the tests that compare with it or use its tools. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RawClient } from "./resp.ts";

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

const missing = ["redis-server", "redis-cli", "redis-benchmark"].filter(
  (program) => !isInstalled(program),
);

/** Are all of them on the PATH? With ZETA_REQUIRE_REDIS=1, as in continuous integration, they must be. */
export const hasRealRedis = missing.length === 0;

if (!hasRealRedis) {
  const message = `${missing.join(", ")}: not on the PATH (Debian: redis-server, redis-tools)`;
  if (process.env.ZETA_REQUIRE_REDIS === "1") throw new Error(`expected a real Redis; ${message}`);
  console.log(`skipped: tests against a real Redis; ${message}`);
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

export interface RealRedis {
  readonly port: number;
  stop(): Promise<void>;
}

/** A server of its own in an empty directory, which keeps nothing. */
export async function startRealRedis(): Promise<RealRedis> {
  const directory = mkdtempSync(join(tmpdir(), "zeta-redis-"));
  const port = await freePort();
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", directory];
  const child = spawn("redis-server", options, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const stop = async () => {
    const client = new RawClient(port);
    client.send("SHUTDOWN NOSAVE");
    await ended;
    client.socket.destroy();
    rmSync(directory, { recursive: true });
  };
  return { port, stop };
}

async function answers(port: number): Promise<boolean> {
  const client = new RawClient(port);
  const answer = await client.ask("PING");
  client.socket.destroy();
  return answer === "PONG";
}
