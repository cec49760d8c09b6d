// SPDX-License-Identifier: Apache-2.0
import type { EngineOptions } from "../engine.ts";
import { formatLine, isNewestFormat } from "../format.ts";
import { withPatience } from "../patience.ts";
import { placeForPeople } from "../place-for-people.ts";
import { asStorageError, storageError } from "../storage-errors.ts";
import { asText, RedisConnection } from "./redis-connection.ts";
import { RedisEngine } from "./redis-engine.ts";
import { RedisKeys } from "./redis-keys.ts";
import { type RedisLock, takeRedisLock } from "./redis-lock.ts";

/** Opens a service's keys in a Redis (6.2 or later). Several services may share a server. */
export async function openRedis(url: string, options: EngineOptions): Promise<RedisEngine> {
  const place = placeForPeople(url);
  const line = formatLine(options.serviceId);
  const keys = new RedisKeys(options.serviceId);
  const connection = await RedisConnection.open(url, place);
  let lock: RedisLock | null = null;
  try {
    await checkEviction(connection, place);
    if (!options.isReadOnly) {
      lock = await withPatience(() => takeRedisLock(connection, keys.writer, place));
    }
    const told = await connection.call("GET", keys.format);
    if (told === null && lock === null) {
      throw storageError(
        "storage_unreachable",
        `expected data of ${options.serviceId} in ${place}`,
      );
    }
    const isNewest = told !== null && isNewestFormat(place, asText(told), options.serviceId);
    if (!isNewest && lock !== null) await connection.call("SET", keys.format, line);
    const engine = new RedisEngine({
      place,
      connection,
      keys,
      lock,
      waitsForDisk: await canWaitForDisk(connection),
    });
    await engine.recover();
    return engine;
  } catch (error) {
    await lock?.release().catch(() => {});
    connection.close();
    throw asStorageError("storage_failed", `a Redis at ${place}`, error);
  }
}

/** A Redis that drops keys when its memory is full is a cache: it would forget records without a word. */
async function checkEviction(connection: RedisConnection, place: string): Promise<void> {
  const memory = await connection.info("memory");
  const policy = memory.get("maxmemory_policy") ?? "noeviction";
  if (memory.get("maxmemory") === "0" || !policy.startsWith("allkeys")) return;
  throw storageError(
    "storage_failed",
    `expected a Redis that keeps its keys at ${place}, got maxmemory-policy ${policy}`,
  );
}

/** WAITAOF is of Redis 7.2, and refused where nothing is appended to a file. */
async function canWaitForDisk(connection: RedisConnection): Promise<boolean> {
  const version = (await connection.info("server")).get("redis_version") ?? "0.0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const persistence = await connection.info("persistence");
  return (major > 7 || (major === 7 && minor >= 2)) && persistence.get("aof_enabled") === "1";
}
