// SPDX-License-Identifier: Apache-2.0
import { blake3 } from "@noble/hashes/blake3.js";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import type { Profile } from "@zeta/protocol/profile";
import { writeRecord, type ZetaRecord } from "@zeta/protocol/record";
import { type Timestamp, writeTimestamp } from "@zeta/protocol/timestamp";
import type { Rules } from "./rules.ts";

/** One element of the add and evict multisets: this record, evicted at this time by this thread. */
export interface Element {
  readonly record: ZetaRecord;
  readonly time: Timestamp;
  readonly thread: number;
}

/**
 * A multiset as the monitor remembers it: 256 bits in four lanes of 64, and the number of elements.
 */
export interface SetSum {
  readonly lanes: readonly bigint[];
  readonly count: bigint;
}

export const EMPTY_SET: SetSum = { lanes: [0n, 0n, 0n, 0n], count: 0n };

/**
 * Profile `kv64` counts in 32 bits, as the released monitor does; otherwise as wide as the lanes.
 */
export const ELEMENTS_MAX: Readonly<Record<Profile, bigint>> = {
  kv64: 2n ** 32n - 1n,
  bytes: 2n ** 64n - 1n,
};

/**
 * Adding a PRF's output lane by lane is collision resistant for multisets, whatever the order
 * (PROTOCOL §13, H.add).
 */
export function sumOf(a: SetSum, b: SetSum, rules: Rules): SetSum {
  const join = (x: bigint, y: bigint) => (rules.does("H.add") ? (x + y) % 2n ** 64n : x ^ y);
  return {
    lanes: a.lanes.map((lane, i) => join(lane, b.lanes[i] ?? 0n)),
    count: a.count + b.count,
  };
}

/** The hash of a single element under the instance's secret key, as a set of one. */
export function singleton(
  element: Element,
  profile: Profile,
  secretKey: Uint8Array,
  rules: Rules,
): SetSum {
  const encoded = encodeElement(element, profile, rules);
  const hash = rules.does("G.linear") ? blake3(encoded, { key: secretKey }) : xorBlocks(encoded);
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  const lanes = [0, 8, 16, 24].map((offset) => view.getBigUint64(offset, true));
  return { lanes, count: 1n };
}

/**
 * Record, timestamp and evicting thread: leave out any of them and something can be swapped (H.key,
 * H.val, H.ts, H.tid).
 */
function encodeElement(element: Element, profile: Profile, rules: Rules): Uint8Array {
  const writer = new ByteWriter();
  writeRecord(writer, coveredPart(element.record, rules), profile);
  if (rules.does("H.ts")) writeTimestamp(writer, element.time);
  if (rules.does("H.tid")) writer.u16(element.thread);
  return writer.toBytes();
}

function coveredPart(record: ZetaRecord, rules: Rules): ZetaRecord {
  if (record.kind === "internal") return record;
  return {
    kind: "app",
    key: rules.does("H.key") ? record.key : new Uint8Array(record.key.length),
    value: rules.does("H.val") ? record.value : null,
  };
}

/**
 * What G.linear forbids: a function with f(a ⊕ b) = f(a) ⊕ f(b), as the released monitor's GMAC was
 * for elements of one time.
 */
function xorBlocks(bytes: Uint8Array): Uint8Array {
  const folded = new Uint8Array(32);
  for (const [i, byte] of bytes.entries()) folded[i % 32] = (folded[i % 32] ?? 0) ^ byte;
  return folded;
}
