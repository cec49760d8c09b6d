// SPDX-License-Identifier: Apache-2.0
import type { EngineOptions, StorageEngine } from "./engine.ts";
import { JournaledStorage } from "./journaled-storage.ts";
import type { Storage, StorageOptions } from "./storage.ts";
import { storageError } from "./storage-errors.ts";

/**
 * Opens the storage at `place`: `lmdb:DIRECTORY`, `redis://..` (`rediss://..`) or `postgres://..` (`postgresql://..`). It is made if
 * there is none. Only one storage may be open for writing at a place.
 *
 * @throws ZetaError `storage_place_invalid`, `storage_unreachable`, `storage_in_use`, `storage_foreign`, `storage_damaged`,
 * `storage_failed`.
 * @example
 * const storage = await openStorage("postgres://zeta@localhost/zeta", { serviceId: "kv" });
 */
export async function openStorage(
  place: string,
  { serviceId, isReadOnly = false }: StorageOptions,
): Promise<Storage> {
  const engine = await openEngine(place, { serviceId, isReadOnly });
  return JournaledStorage.open(engine, { isReadOnly });
}

/** Each place's library is loaded only by who uses it. */
async function openEngine(place: string, options: EngineOptions): Promise<StorageEngine> {
  const [scheme, rest] = splitPlace(place);
  switch (scheme) {
    case "lmdb":
      return (await import("./lmdb/open-lmdb.ts")).openLmdb(rest, options);
    case "redis":
    case "rediss":
      return (await import("./redis/open-redis.ts")).openRedis(place, options);
    case "postgres":
    case "postgresql":
      return (await import("./postgres/open-postgres.ts")).openPostgres(place, options);
    default:
      throw storageError(
        "storage_place_invalid",
        `expected lmdb:DIRECTORY, redis://.. or postgres://.., got ${scheme === "" ? place : `${scheme}:..`}`,
      );
  }
}

function splitPlace(place: string): readonly [string, string] {
  const colon = place.indexOf(":");
  return [place.slice(0, Math.max(0, colon)), place.slice(colon + 1)];
}
