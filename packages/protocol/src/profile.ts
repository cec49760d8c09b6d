// SPDX-License-Identifier: Apache-2.0
/**
 * One log format, two sizes of keys and values: `kv64` (64-bit, the reference's conformance profile) and `bytes` (the product).
 * See docs/formats.md.
 */
export type Profile = "kv64" | "bytes";

/** The profile's number in signed statements. */
export const PROFILE_NUMBER: Readonly<Record<Profile, number>> = Object.freeze({
  kv64: 1,
  bytes: 2,
});

export function profileOfNumber(number: number): Profile | null {
  return number === 1 ? "kv64" : number === 2 ? "bytes" : null;
}

/** Bytes of an application key in a record: a u64, or the BLAKE3 digest of the key. */
export const RECORD_KEY_BYTES: Readonly<Record<Profile, number>> = Object.freeze({
  kv64: 8,
  bytes: 32,
});
