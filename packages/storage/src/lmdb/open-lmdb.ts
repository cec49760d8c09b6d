// SPDX-License-Identifier: Apache-2.0
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { EngineOptions } from "../engine.ts";
import { formatLine, isNewestFormat } from "../format.ts";
import { makeDirectory } from "../make-directory.ts";
import { asStorageError, storageError } from "../storage-errors.ts";
import { LmdbEngine } from "./lmdb-engine.ts";
import { FORMAT_KEY, type LmdbTables, openRoot, openTables, tableNames } from "./lmdb-tables.ts";
import { lockForWriting } from "./writer-lock.ts";

const OUR_TABLES = ["meta", "records", "names", "pages", "journal"];

/** Opens an LMDB environment in a directory of its own, which only its owner can read. */
export async function openLmdb(directory: string, options: EngineOptions): Promise<LmdbEngine> {
  if (directory === "") {
    throw storageError("storage_place_invalid", "expected lmdb:DIRECTORY, got no directory");
  }
  const place = `lmdb:${directory}`;
  try {
    prepareDirectory(directory, options);
    const lock = options.isReadOnly ? null : await lockForWriting(directory);
    try {
      const tables = await openChecked(place, directory, options);
      return new LmdbEngine(place, tables, lock);
    } catch (error) {
      await lock?.release();
      throw error;
    }
  } catch (error) {
    throw asStorageError("storage_failed", `an LMDB environment in ${directory}`, error);
  }
}

/** Makes the directory if it is missing; refuses one in which somebody else's files are. */
function prepareDirectory(directory: string, { isReadOnly }: EngineOptions): void {
  const file = join(directory, "data.mdb");
  if (existsSync(file)) {
    checkMagic(file);
    return;
  }
  if (isReadOnly) {
    throw storageError("storage_unreachable", `expected a storage in ${directory}, got none`);
  }
  makeDirectory(directory, 0o700);
  const foreign = readdirSync(directory).filter((name) => !["writer", "lock.mdb"].includes(name));
  if (foreign.length > 0) {
    const got = `expected ${directory} to be empty or a storage, got ${foreign[0]} in it`;
    throw storageError("storage_foreign", got);
  }
}

/**
 * The library ends the process when a file is not LMDB's, so its magic number is looked for first: 0xbeefc0de in the byte order of the
 * machine, behind the header of the first page. An empty file is a new environment.
 */
function checkMagic(file: string): void {
  const start = Buffer.alloc(64);
  const descriptor = openSync(file, "r");
  const bytes = readSync(descriptor, start, 0, start.length, 0);
  closeSync(descriptor);
  const magics = [Buffer.from("dec0efbe", "hex"), Buffer.from("beefc0de", "hex")];
  if (bytes === 0 || magics.some((magic) => start.includes(magic))) return;
  throw storageError("storage_foreign", `expected an LMDB environment, got other bytes in ${file}`);
}

async function openChecked(
  place: string,
  directory: string,
  { serviceId, isReadOnly }: EngineOptions,
): Promise<LmdbTables> {
  const root = openRoot(directory);
  try {
    const others = tableNames(root).filter((name) => !OUR_TABLES.includes(name));
    if (others.length > 0) {
      const got = `expected a storage in ${place}, got an environment with table ${others[0]}`;
      throw storageError("storage_foreign", got);
    }
    const tables = openTables(root, directory, isReadOnly);
    const told = tables.meta.get(FORMAT_KEY);
    if (told === undefined && isReadOnly) {
      throw storageError("storage_unreachable", `expected data in ${place}`);
    }
    const isNewest = told !== undefined && isNewestFormat(place, told.toString("utf8"), serviceId);
    if (!isNewest && !isReadOnly) {
      await tables.meta.put(FORMAT_KEY, Buffer.from(formatLine(serviceId)));
    }
    return tables;
  } catch (error) {
    await root.close();
    throw error;
  }
}
