// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

/**
 * Which batch has which number, beside the blobs themselves: the meeting point of a service that seals and a server that hands out.
 * Numbers begin at 1 and have no gaps.
 */
export interface BatchCatalogue {
  /** Returns when the entry will survive this process. A number keeps its first digest. */
  put(number: number, digest: string): Promise<void>;
  /** SHA-256 of the batch's data in hex, null when there is no such batch (yet). */
  find(number: number): Promise<string | null>;
}

/** Name of a batch's entry: digits that sort as numbers do. */
export function entryName(number: number): string {
  return `numbers/${String(number).padStart(10, "0")}`;
}

/** What stands in an entry. */
export function entryText(digest: string): string {
  return `${digest}\n`;
}

/** @throws ZetaError `blob_store` for text that is no entry. */
export function digestOfEntry(text: string): string {
  const digest = /^([0-9a-f]{64})\n$/.exec(text)?.[1];
  if (digest !== undefined) return digest;
  const got = JSON.stringify(text.slice(0, 80));
  throw new ZetaError("blob_store", `expected a digest in the catalogue of batches, got ${got}`);
}

/** The highest number, 0 when there is none: by doubling and halving, so that a long chain costs few questions. */
export async function lastNumber(catalogue: BatchCatalogue): Promise<number> {
  let present = 0;
  let absent = 1;
  while ((await catalogue.find(absent)) !== null) {
    present = absent;
    absent *= 2;
  }
  while (absent - present > 1) {
    const middle = Math.floor((present + absent) / 2);
    if ((await catalogue.find(middle)) === null) absent = middle;
    else present = middle;
  }
  return present;
}
