// SPDX-License-Identifier: Apache-2.0
/**
 * A cache in a directory: one file per entry, replaced in one step so that a reader never sees half
 * of one.
 */

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "@noble/hashes/utils.js";
import { assert } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { CollateralCache } from "./cache.ts";

/**
 * Entries live in `directory`, which is made if it is missing. Errors of the file system other than
 * "not there" are thrown.
 */
export function directoryCache(directory: string): CollateralCache {
  const path = (name: string): string => {
    assert(/^[a-z0-9.-]{1,200}$/.test(name), `expected a plain name of a cache entry, got ${name}`);
    return join(directory, `${name}.json`);
  };
  return {
    async get(name) {
      try {
        return await readFile(path(name), "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      }
    },
    async set(name, text) {
      await mkdir(directory, { recursive: true });
      const draft = `${path(name)}.${toHex(randomBytes(8))}`;
      await writeFile(draft, text, { flag: "wx" });
      await rename(draft, path(name));
    },
  };
}
