// SPDX-License-Identifier: Apache-2.0
/** Quotes and collateral from files, for command lines. */

import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { dcapCollateralFromText } from "./dcap/collateral.ts";
import { refuse } from "./error.ts";
import type { Collateral } from "./evidence.ts";
import { COLLATERAL_BYTES_MAX, QUOTE_BYTES_MAX } from "./limits.ts";
import { SNP_FILES, snpCollateralFromFiles, textOf } from "./named-collateral.ts";

/** The bytes of a quote or report. Throws `QUOTE_TOO_LARGE`, or the file system's error. */
export async function readQuoteFile(path: string): Promise<Uint8Array> {
  const bytes = await readCapped(path, QUOTE_BYTES_MAX);
  if (bytes.length > QUOTE_BYTES_MAX) {
    refuse("QUOTE_TOO_LARGE", `expected at most ${QUOTE_BYTES_MAX} bytes in ${path}`);
  }
  return bytes;
}

/**
 * Collateral for a quote: a JSON file for SGX and TDX, a directory for SEV-SNP with `vcek.pem` (or
 * `vlek.pem`), `ask.pem`, `ark.pem` and, if there is one, `crl.der`. Throws what parsing throws, or
 * the file system's error.
 */
export async function readCollateralPath(path: string): Promise<Collateral> {
  const about = await stat(path);
  if (!about.isDirectory()) {
    return dcapCollateralFromText(textOf(path, await readCapped(path, COLLATERAL_BYTES_MAX)));
  }
  const files = new Map<string, Uint8Array>();
  for (const name of SNP_FILES) {
    // A VLEK is in the place of a VCEK.
    const isOptional = name === "vcek.pem" || name === "crl.der";
    if (name === "vlek.pem" && files.has("vcek.pem")) continue;
    const reading = readCapped(join(path, name), COLLATERAL_BYTES_MAX);
    const bytes = await (isOptional ? optional(reading) : reading);
    if (bytes !== null) files.set(name, bytes);
  }
  return snpCollateralFromFiles(files);
}

/**
 * At most `max` + 1 bytes: the caller sees that there are too many without having them all in
 * memory.
 */
async function readCapped(path: string, max: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of handle.createReadStream({ start: 0, end: max, autoClose: false })) {
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  } finally {
    await handle.close();
  }
}

async function optional<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
