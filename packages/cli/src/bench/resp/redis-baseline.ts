// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyCatalogue } from "@zeta/service/key-catalogue";
import { createMetrics } from "@zeta/service/metrics";
import { createRespMetrics } from "@zeta/service/resp/metrics";
import { RespFront } from "@zeta/service/resp/resp-front";
import type { RunningService } from "@zeta/service/serve";
import { pino } from "pino";
import { mapEngine } from "./map-engine.ts";

/** What the service is compared with. */
export interface RedisBaseline {
  /** For the row: what it is. */
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A real Redis that keeps nothing on disk, if there is one; or else the same front on a map. */
export async function startRedisBaseline(service: RunningService): Promise<RedisBaseline> {
  const version = redisVersion();
  return version === null ? startMap(service) : startRedis(version);
}

function redisVersion(): string | null {
  try {
    const text = execFileSync("redis-server", ["--version"], { encoding: "utf8", stdio: "pipe" });
    return /v=(\S+)/.exec(text)?.[1] ?? "";
  } catch {
    return null;
  }
}

async function startRedis(version: string): Promise<RedisBaseline> {
  const directory = mkdtempSync(join(tmpdir(), "zeta-bench-redis-"));
  const port = await freePort();
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", directory];
  const child = spawn("redis-server", options, { stdio: "ignore" });
  while (!(await isListening(port))) await new Promise((resolve) => setTimeout(resolve, 20));
  const stop = async () => {
    const ended = once(child, "close");
    connect(port, "127.0.0.1")
      .on("error", () => {})
      .end("SHUTDOWN NOSAVE\r\n");
    await ended;
    rmSync(directory, { recursive: true });
  };
  return { name: `redis-server ${version}`, port, stop };
}

async function startMap(service: RunningService): Promise<RedisBaseline> {
  const front = new RespFront({
    engine: mapEngine(service.engine),
    catalogue: new KeyCatalogue(),
    metrics: createRespMetrics(createMetrics({ process: false }).registry),
    logger: pino({ level: "silent" }),
  });
  const port = await front.listen("127.0.0.1", 0);
  return { name: "the same front on a map, unverified", port, stop: () => front.close(1000) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
