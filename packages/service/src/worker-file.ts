// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";

/** A worker is started from its compiled file, such as `cluster/kv64-worker.js`, also by tests, which run from the sources. */
export function workerFile(name: string): URL {
  const beside = new URL(`./${name}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../dist/${name}`, import.meta.url);
}
