// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The directory of the built web page; null where it was not built, which is no reason not to serve.
 *
 * @param index URL of its first file, where the package's build puts it.
 */
export function findPage(index = import.meta.resolve("@zeta/dashboard/index.html")): string | null {
  const file = fileURLToPath(index);
  return existsSync(file) ? dirname(file) : null;
}
