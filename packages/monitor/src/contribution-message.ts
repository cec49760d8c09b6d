// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import type { EpochContribution } from "./verdict.ts";

/** A thread's share of an epoch as bytes. They hold secrets: between trusted threads only. */
export function encodeContribution(share: EpochContribution): Uint8Array {
  const writer = new ByteWriter(160);
  writer.u32(share.epoch).u64(share.operations).u64(share.leafCount).bytes(share.receiptsRoot);
  writer.bytes(share.add).u64(share.addCount).bytes(share.evict).u64(share.evictCount);
  return writer.toBytes();
}

/**
 * @param thread whose channel the bytes came through: nobody speaks for another thread
 * @throws ZetaError `D.short` or `D.length` unless it is exactly that.
 */
export function decodeContribution(thread: number, bytes: Uint8Array): EpochContribution {
  const reader = new ByteReader(bytes);
  const digest = (what: string) => reader.bytes(DIGEST_BYTES, what).slice();
  const epoch = reader.u32("epoch");
  const operations = reader.u64("operations");
  const leafCount = reader.u64("leaf count");
  const receiptsRoot = digest("receipts root");
  const add = digest("add set");
  const addCount = reader.u64("add count");
  const evict = digest("evict set");
  const evictCount = reader.u64("evict count");
  reader.end("contribution");
  return {
    thread,
    epoch,
    add,
    addCount,
    evict,
    evictCount,
    operations,
    leafCount,
    receiptsRoot,
  };
}
