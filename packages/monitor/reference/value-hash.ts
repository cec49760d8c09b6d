// SPDX-License-Identifier: Apache-2.0
import { blake2b } from "@noble/hashes/blake2.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { appValueBytes, merkleValueBytes } from "@zeta/protocol/digest";
import type { Profile } from "@zeta/protocol/profile";
import type { ZetaRecord } from "@zeta/protocol/record";

/**
 * The hash that a record leaves in its parent when it goes cold: of the tagged value alone. The key
 * is bound by the parent's descriptor (PROTOCOL §2.3, docs/formats.md §3).
 */
export function valueHash(record: ZetaRecord, profile: Profile): Uint8Array {
  const tagged =
    record.kind === "internal" ? merkleValueBytes(record.value) : appValueBytes(record.value);
  return profile === "kv64" ? blake2b(tagged, { dkLen: 32 }) : blake3(tagged);
}
