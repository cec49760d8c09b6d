// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { encodeCall } from "@zeta/protocol/call";
import {
  applyKv,
  applyKvRecord,
  encodeKvArgument,
  type KvRecordOperation,
  kvFunctionNumber,
  kvKeys,
} from "@zeta/protocol/kv";
import { type LogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import { Host, type HostFrame } from "./host-model.ts";
import { recordKeyOf } from "./mirror.ts";
import { Random } from "./random.ts";
import { anyTransaction } from "./transactions.ts";

/** A log with everything a monitor needs to replay it. */
export interface TestLog {
  readonly profile: Profile;
  readonly keyHash: "identity" | "blake2b";
  readonly threads: number;
  readonly slots: number;
  readonly frames: readonly HostFrame[];
  /** Epochs that an honest log closes. */
  readonly epochs: number;
}

/** How large an honest log may become; each number is a bound that the seed stays below. */
export interface LogSize {
  /** Slots beyond those that the paths to the records of one call may need. */
  readonly slots: number;
  /** Keys beyond two. */
  readonly keys: number;
  /** Calls and evictions of an epoch. */
  readonly work: number;
  /** Epochs beyond the first. */
  readonly epochs: number;
}

const USUAL_SIZE: LogSize = { slots: 30, keys: 24, work: 40, epochs: 4 };

/** A dozen entries: what a harness of a million logs can afford. */
export const SMALL_SIZE: LogSize = { slots: 3, keys: 4, work: 6, epochs: 2 };

/** Slots for the path to any record; of `bytes`, whose keys are scattered, for the paths to those of a transaction. */
const SLOTS_LEAST: Readonly<Record<Profile, number>> = { kv64: 14, bytes: 24 };

/** Records of a transaction, at most. */
const TRANSACT_MOST = 3;

/** An honest log from a seed: 1..4 threads, few slots, a small universe of keys, some epochs. */
export function honestLog(profile: Profile, seed: number, size: LogSize = USUAL_SIZE): TestLog {
  const random = new Random(seed);
  const shape = {
    profile,
    keyHash: random.oneIn(3) ? "blake2b" : "identity",
    threads: 1 + random.below(4),
    slots: SLOTS_LEAST[profile] + random.below(size.slots),
  } as const;
  const host = new Host({ ...shape, random });
  const keys = Array.from({ length: 2 + random.below(size.keys) }, () => keyFrom(profile, random));
  const work = (thread: number) => {
    if (random.oneIn(4)) host.evictSomething(thread);
    else if (profile === "bytes" && random.oneIn(3)) transact(host, random, thread, keys);
    else call(host, profile, random, thread, random.pick(keys));
  };
  const epochs = 1 + random.below(size.epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = random.below(size.work); i > 0; i--) work(random.below(shape.threads));
    host.closeEpoch(work);
  }
  return { ...shape, frames: host.finish(), epochs };
}

/** Application keys: for `kv64` small numbers and a few large ones, for `bytes` any length. */
function keyFrom(profile: Profile, random: Random): Uint8Array {
  if (profile === "bytes") return random.bytes(random.below(20));
  const key = random.bytes(8);
  return random.oneIn(4) ? key : Uint8Array.of(0, 0, 0, 0, 0, 0, 0, (key[7] ?? 0) & 31);
}

function call(host: Host, profile: Profile, random: Random, thread: number, key: Uint8Array): void {
  const { slot, value } = host.access(thread, recordKeyOf(profile, key));
  if (profile === "kv64") {
    const put = value === null || random.oneIn(2);
    const after = put ? random.bytes(8) : value;
    const payload = new ByteWriter().bytes(key).bytes(after).u16(slot).toBytes();
    host.run(thread, slot, put ? 1 : 0, payload, after);
    return;
  }
  const operation = kvOperation(random, key);
  const payload = encodeCall({
    requestId: random.oneIn(3) ? null : random.bytes(16),
    slots: [slot],
    argument: encodeKvArgument(operation),
  });
  const { after } = applyKvRecord(operation, value);
  host.run(thread, slot, kvFunctionNumber(operation.operation), payload, after);
}

function transact(host: Host, random: Random, thread: number, keys: readonly Uint8Array[]): void {
  const read = (key: Uint8Array) => host.peek(recordKeyOf("bytes", key));
  const value = () => anyValue(random);
  const operation = anyTransaction(random, { keys, read, value }, TRANSACT_MOST);
  const found = host.accessAll(
    thread,
    kvKeys(operation).map((key) => recordKeyOf("bytes", key)),
  );
  const slots = found.map(({ slot }) => slot);
  const { after } = applyKv(
    operation,
    found.map(({ value: before }) => before),
  );
  const requestId = random.oneIn(3) ? null : random.bytes(16);
  const payload = encodeCall({ requestId, slots, argument: encodeKvArgument(operation) });
  host.runAll(thread, slots, kvFunctionNumber("transact"), payload, after);
}

function kvOperation(random: Random, key: Uint8Array): KvRecordOperation {
  const kind = random.below(5);
  if (kind < 2) return { operation: "get", key };
  if (kind === 2) return { operation: "delete", key };
  return { operation: "put", key, value: anyValue(random) };
}

/** Sizes around those of a hash block, a memory cell and, more rarely, a hash chunk. */
function anyValue(random: Random): Uint8Array {
  const sizes = random.oneIn(8) ? [1000, 1024, 1100, 2500] : [0, 1, 8, 63, 64, 65, 200];
  return random.bytes(random.pick(sizes));
}

export function encodeFrame(entries: readonly LogEntry[], profile: Profile): Uint8Array {
  const writer = new ByteWriter();
  for (const entry of entries) writeLogEntry(writer, entry, profile);
  return writer.toBytes();
}
