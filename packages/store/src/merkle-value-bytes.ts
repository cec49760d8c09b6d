// SPDX-License-Identifier: Apache-2.0
import type { BaseKey } from "@zeta/protocol/base-key";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import type { Element, TreeNode } from "./element.ts";

/** u8 tag, base key, hash, u8 flag. */
const DESCRIPTOR_BYTES = 1 + 34 + DIGEST_BYTES + 1;

/** Longest Merkle value: two descriptors. */
export const MERKLE_VALUE_BYTES_MAX = 2 * DESCRIPTOR_BYTES;

/** Writes u256 W and u16 depth at `at`; returns the end. */
export function putBaseKey(bytes: Uint8Array, at: number, key: BaseKey): number {
  bytes.set(key.bits, at);
  bytes[at + 32] = key.depth >> 8;
  bytes[at + 33] = key.depth;
  return at + 34;
}

function putDescriptor(bytes: Uint8Array, at: number, child: Element | null): number {
  bytes[at] = child === null ? 0 : 1;
  if (child === null) return at + 1;
  const end = putBaseKey(bytes, at + 1, child);
  if (child.hash === null) bytes.fill(0, end, end + DIGEST_BYTES);
  else bytes.set(child.hash, end);
  bytes[end + DIGEST_BYTES] = child.inDeferred ? 1 : 0;
  return end + DIGEST_BYTES + 1;
}

/** Writes a node's Merkle value at `at`; returns the end. */
export function putMerkleValue(bytes: Uint8Array, at: number, node: TreeNode): number {
  return putDescriptor(bytes, putDescriptor(bytes, at, node.left), node.right);
}
