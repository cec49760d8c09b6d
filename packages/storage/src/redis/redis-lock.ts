// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { storageError } from "../storage-errors.ts";
import { asBytes, asCount, asText, type RedisConnection } from "./redis-connection.ts";
import { RELEASE_LOCK, TAKE_LOCK } from "./scripts.ts";

/** Who writes; every write names it (scripts.ts). */
export interface RedisLock {
  readonly token: string;
  release(): Promise<void>;
}

/**
 * Locks a service's keys for one writer. The lock names the server's run and the writer's connection, which the server numbers without ever
 * using a number twice: it is valid for as long as that connection is there. So no clock decides, and a crashed writer's lock is nobody's
 * as soon as the server has noticed that he is gone.
 *
 * @throws ZetaError `storage_in_use`.
 */
export async function takeRedisLock(
  connection: RedisConnection,
  key: string,
  place: string,
): Promise<RedisLock> {
  const run = (await connection.info("server")).get("run_id") ?? "unknown";
  const mine = asCount(await connection.call("CLIENT", "ID"));
  const seen = await connection.call("GET", key);
  const before = seen === null ? "" : asText(seen);
  if (await isAlive(connection, before, run)) refuse(place, `connection ${before.split(" ")[1]}`);
  const token = `${run} ${mine} ${randomUUID()}`;
  const isTaken = await connection.run(TAKE_LOCK, [key], before, token);
  if (isTaken !== 1) refuse(place, "somebody who was faster");
  return {
    token,
    release: async () => {
      await connection.run(RELEASE_LOCK, [key], token);
    },
  };
}

async function isAlive(connection: RedisConnection, token: string, run: string): Promise<boolean> {
  const [itsRun, id] = token.split(" ");
  if (itsRun !== run || id === undefined || !/^\d+$/.test(id)) return false;
  return asBytes(await connection.call("CLIENT", "LIST", "ID", id)).length > 0;
}

function refuse(place: string, writer: string): never {
  const message = `expected nobody else to write to ${place}, got ${writer}`;
  throw storageError("storage_in_use", message);
}
