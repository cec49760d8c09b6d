// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { usageError } from "../exit.ts";

/** Those of the settings that decide where data are kept. */
export interface PlaceSettings {
  readonly data?: string;
  readonly memory?: boolean;
  readonly store?: string;
  readonly allowAttacks?: boolean;
  readonly sealBatches?: string;
}

/** In the directory in which the service is started, as databases do it. */
const DATA_DEFAULT = "./zeta-data";

const DATABASE = /^(redis|rediss|postgres|postgresql):\/\/./;

/**
 * Where `zeta serve` keeps its data, as `openStorage` takes it; null: in memory only. By default in a directory, but what cannot go on from
 * there stays in memory.
 *
 * @throws ZetaError `usage` for settings that contradict each other.
 */
export function placeOf(settings: PlaceSettings): string | null {
  const { data, store } = settings;
  const isMemory = settings.memory === true || store === "memory";
  const place = isMemory ? null : durablePlace(data, store);
  if (isMemory && (data !== undefined || (store ?? "memory") !== "memory")) {
    throw usageError(`${nameOf(settings)}: expected none with data in memory, got both`);
  }
  const obstacle = obstacleOf(settings);
  if (place === null || obstacle === null) return place;
  if (data === undefined && store === undefined) return null;
  throw usageError(`${nameOf(settings)}: expected data in memory with ${obstacle}, got both`);
}

/**
 * A place as `zeta storage` takes it: `lmdb:DIRECTORY`, where the directory is that of `--data`, or a database's URL.
 *
 * @throws ZetaError `usage`.
 */
export function parsePlace(text: string): string {
  if (DATABASE.test(text) || /^lmdb:./.test(text)) return text;
  // The text may be a URL with a password in it.
  const got = text.includes(":") ? "something else" : JSON.stringify(text);
  throw usageError(`expected lmdb:DIRECTORY, redis://.. or postgres://.., got ${got}`);
}

/** The place of one service's data: a directory may hold the data of several, a database has them apart by itself. */
export function ownPlace(place: string, serviceId: string): string {
  return place.startsWith("lmdb:") ? join(place, encodeURIComponent(serviceId)) : place;
}

function nameOf({ data }: PlaceSettings): string {
  return data === undefined ? "--store" : "--data";
}

function durablePlace(data: string | undefined, store: string | undefined): string {
  if (data === "") throw usageError("--data: expected a directory, got an empty text");
  if (store === undefined || store === "lmdb") return `lmdb:${data ?? DATA_DEFAULT}`;
  if (!DATABASE.test(store)) {
    const expected = "memory, lmdb, redis://.. or postgres://..";
    throw usageError(`--store: expected ${expected}, got ${JSON.stringify(store)}`);
  }
  if (data === undefined) return store;
  throw usageError("--data: expected none with a database as --store, got both");
}

/** What lies has no past to keep, and batches begin from nothing. */
function obstacleOf({ allowAttacks, sealBatches }: PlaceSettings): string | null {
  if (allowAttacks === true) return "--allow-attacks";
  return sealBatches === undefined ? null : "--seal-batches";
}
