// SPDX-License-Identifier: Apache-2.0
import { blake3 } from "@noble/hashes/blake3.js";
import { concatBytes, utf8 } from "@zeta/protocol/bytes";

/**
 * The root over the receipt leaves of one thread and epoch, by the definition of RFC 6962 §2.1:
 * split at the largest power of two below the number of leaves (docs/formats.md §3).
 */
export function receiptsRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return new Uint8Array(32);
  if (leaves.length === 1) return first;
  let half = 1;
  while (2 * half < leaves.length) half *= 2;
  const left = receiptsRoot(leaves.slice(0, half));
  const right = receiptsRoot(leaves.slice(half));
  return blake3(concatBytes(left, right), { context: utf8("zeta.receipt.node.v1") });
}
