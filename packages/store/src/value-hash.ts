// SPDX-License-Identifier: Apache-2.0
import { appValueBytes, blake3Digest } from "@zeta/protocol/digest";
import type { Element, TreeNode } from "./element.ts";
import { MERKLE_VALUE_BYTES_MAX, putMerkleValue } from "./merkle-value-bytes.ts";
import { StoredRecord } from "./record.ts";

/**
 * Most records that leave without a value were read once and never written: one hash for all of
 * them.
 */
const ABSENT_HASH = blake3Digest(appValueBytes(null));

const scratch = new Uint8Array(1 + MERKLE_VALUE_BYTES_MAX);

/** The value hash as the monitor computes it at EvictM (docs/formats.md §3). */
export function valueHash(element: Element): Uint8Array {
  if (element instanceof StoredRecord) {
    return element.value === null ? ABSENT_HASH : blake3Digest(appValueBytes(element.value));
  }
  const end = putMerkleValue(scratch, 1, element as TreeNode);
  return blake3Digest(scratch.subarray(0, end));
}
