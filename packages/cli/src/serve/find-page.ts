// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of the built web page; null where it was not built, which is no reason not to serve. */
export function findPage(): string | null {
  const index = fileURLToPath(import.meta.resolve("@zeta/dashboard/index.html"));
  return existsSync(index) ? dirname(index) : null;
}
