// SPDX-License-Identifier: Apache-2.0
/**
 * A sealed batch: a range of epochs with all that a monitor elsewhere needs to verify it alone (docs/formats.md §5). The log follows the
 * header compressed; this file knows the header and leaves the stream to its readers.
 */
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { utf8 } from "./bytes.ts";
import { blake3Derive } from "./digest.ts";
import { assert, ZetaError } from "./error.ts";
import {
  BATCH_EPOCHS_MAX,
  BATCH_LOG_BYTES_MAX,
  DIGEST_BYTES,
  SERVICE_ID_BYTES_MAX,
  SLOTS_MAX,
  THREADS_MAX,
} from "./limits.ts";
import { PROFILE_NUMBER } from "./profile.ts";
import { receiptsRoot } from "./receipt-tree.ts";
import { decodeRootValue, ROOT_VALUE_BYTES_MAX } from "./root-value.ts";
import { ascii } from "./statement.ts";

/** Everything of a batch but its log. What it claims is the host's word until a monitor has replayed the log. */
export interface BatchHeader {
  /** Place in the service's chain of batches, u32, from 1. */
  readonly number: number;
  /** 1..64 printable ASCII characters. */
  readonly service: string;
  /** Shape of the monitor that the log was written for. */
  readonly threads: number;
  readonly slots: number;
  readonly valueMemoryBytes: number;
  readonly firstEpoch: number;
  readonly lastEpoch: number;
  /** Value of the root at rest before the first epoch; its hash is the batch's previous root. */
  readonly previousRootValue: Uint8Array;
  /** Claimed hash of the root at rest after the last epoch. */
  readonly root: Uint8Array;
  /** Claimed root of all receipts of the batch: {@link batchReceiptsRoot}. */
  readonly receiptsRoot: Uint8Array;
  /** Bytes of the log before compression. */
  readonly logBytes: number;
}

/** Every claim is capped before anything is allocated for it; 4 GiB is all that WebAssembly can address. */
const VALUE_MEMORY_BYTES_MAX = 2 ** 32;

const DOMAIN = "zeta.batch.v1";
const EPOCH_CONTEXT = "zeta.batch.epoch.v1";

/** Longest header: reading this many bytes of a batch is enough to decode it. */
export const BATCH_HEADER_BYTES_MAX = 1 + DOMAIN.length + 4 + 1 + SERVICE_ID_BYTES_MAX + 170 + 136;

/**
 * The header's bytes; the compressed log comes right after them.
 *
 * @throws ZetaError as {@link decodeBatchHeader}, so that no batch is written that nobody will read.
 */
export function encodeBatchHeader(header: BatchHeader): Uint8Array<ArrayBuffer> {
  const bytes = new ByteWriter(BATCH_HEADER_BYTES_MAX)
    .frame8(utf8(DOMAIN))
    .u32(header.number)
    .frame8(utf8(header.service))
    .u8(PROFILE_NUMBER.bytes)
    .u16(header.threads)
    .u16(header.slots)
    .u64(BigInt(header.valueMemoryBytes))
    .u32(header.firstEpoch)
    .u32(header.lastEpoch)
    .frame8(header.previousRootValue)
    .bytes(header.root)
    .bytes(header.receiptsRoot)
    .u64(BigInt(header.logBytes))
    .toBytes();
  const { log } = decodeBatchHeader(bytes);
  assert(log === bytes.length, "a header that reads as it was written");
  return bytes;
}

/**
 * Reads the header of a batch, or of its first {@link BATCH_HEADER_BYTES_MAX} bytes.
 *
 * @returns the header, and the offset at which the compressed log begins.
 * @throws ZetaError `D.short`, `D.kind`, `D.length`, or what is wrong with the root value.
 */
export function decodeBatchHeader(bytes: Uint8Array): { header: BatchHeader; log: number } {
  const reader = new ByteReader(bytes);
  const domain = reader.frame8(1, SERVICE_ID_BYTES_MAX, "domain");
  if (ascii(domain) !== DOMAIN) throw bad("D.kind", `the domain ${DOMAIN}`, "another");
  const number = reader.u32("batch number");
  const service = ascii(reader.frame8(1, SERVICE_ID_BYTES_MAX, "service"));
  if (!/^[!-~]+$/.test(service)) throw bad("D.kind", "a service of printable ASCII", "another");
  const profile = reader.u8("profile");
  if (profile !== PROFILE_NUMBER.bytes) throw bad("D.kind", "profile bytes", profile);
  const header = {
    number,
    service,
    threads: within(1, THREADS_MAX, reader.u16("threads"), "threads"),
    slots: within(1, SLOTS_MAX, reader.u16("slots"), "slots"),
    valueMemoryBytes: sized(VALUE_MEMORY_BYTES_MAX, reader.u64("value memory"), "value memory"),
    ...readEpochs(reader),
    previousRootValue: reader.frame8(2, ROOT_VALUE_BYTES_MAX, "previous root value").slice(),
    root: reader.bytes(DIGEST_BYTES, "root").slice(),
    receiptsRoot: reader.bytes(DIGEST_BYTES, "receipts root").slice(),
    logBytes: sized(BATCH_LOG_BYTES_MAX, reader.u64("log bytes"), "log bytes"),
  };
  decodeRootValue(header.previousRootValue);
  return { header, log: reader.offset };
}

function readEpochs(reader: ByteReader): { firstEpoch: number; lastEpoch: number } {
  const firstEpoch = reader.u32("first epoch");
  const lastEpoch = reader.u32("last epoch");
  within(1, BATCH_EPOCHS_MAX, lastEpoch - firstEpoch + 1, "epochs");
  return { firstEpoch, lastEpoch };
}

function within(min: number, max: number, count: number, what: string): number {
  if (count < min || count > max) throw bad("D.length", `${min}..${max} ${what}`, count);
  return count;
}

function sized(max: number, bytes: bigint, what: string): number {
  if (bytes < 1n || bytes > BigInt(max)) throw bad("D.length", `1..${max} bytes of ${what}`, bytes);
  return Number(bytes);
}

function bad(code: "D.kind" | "D.length", expected: string, got: string | number | bigint) {
  return new ZetaError(code, `expected ${expected} in a batch, got ${got}`);
}

/** The receipts of one monitor thread in one epoch of a batch. */
export interface EpochReceipts {
  readonly epoch: number;
  readonly thread: number;
  readonly leafCount: bigint;
  readonly receiptsRoot: Uint8Array;
}

/**
 * One root over the receipts of a batch: the tree over its epochs' and threads' roots in order, those without leaves left out. Zeros when
 * there are none, so that a batch without receipts says so.
 */
export function batchReceiptsRoot(receipts: Iterable<EpochReceipts>): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (const { epoch, thread, leafCount, receiptsRoot: root } of receipts) {
    if (leafCount === 0n) continue;
    const bytes = new ByteWriter(46).u32(epoch).u16(thread).u64(leafCount).bytes(root).view();
    leaves.push(blake3Derive(EPOCH_CONTEXT, bytes));
  }
  return receiptsRoot(leaves);
}
