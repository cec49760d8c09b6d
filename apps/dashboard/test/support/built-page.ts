// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The page as it is now, built into a directory of its own: what was built last may be older than the sources. */
export async function buildPage(): Promise<{ directory: string; remove: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), "zeta-page-"));
  await build({ root: ROOT, logLevel: "error", build: { outDir: directory, emptyOutDir: true } });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
