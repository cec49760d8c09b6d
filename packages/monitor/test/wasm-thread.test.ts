// SPDX-License-Identifier: Apache-2.0
import { blake3 } from "@noble/hashes/blake3.js";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { blake3Digest } from "@zeta/protocol/digest";
import { encodeKvArgument, encodeKvResult, type KvOperation } from "@zeta/protocol/kv";
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import { receiptLeaf } from "@zeta/protocol/receipt-leaf";
import { receiptsRoot } from "@zeta/protocol/receipt-tree";
import { writeRecord, type ZetaRecord } from "@zeta/protocol/record";
import { writeTimestamp } from "@zeta/protocol/timestamp";
import { describe, expect, test } from "vitest";
import { Random } from "./support/random.ts";
import {
  addB,
  bytesRecord,
  encode,
  evictB,
  kvCall,
  NEXT_EPOCH,
  SET_HASH_KEY,
  subject,
  VERIFY_EPOCH,
} from "./support/wasm-fixture.ts";

const KEY = Uint8Array.of(7);
const RECORD = bytesRecord(KEY, Uint8Array.of(1, 2));
const SEED = 99;

/** The sum of keyed BLAKE3 over elements, by another implementation. */
function setHash(
  profile: Profile,
  elements: readonly { record: ZetaRecord; counter: number; thread: number }[],
): Uint8Array {
  const lanes = new BigUint64Array(4);
  for (const { record, counter, thread } of elements) {
    const writer = new ByteWriter();
    writeRecord(writer, record, profile);
    writeTimestamp(writer, { epoch: 0, counter });
    const hash = blake3(writer.u16(thread).toBytes(), { key: SET_HASH_KEY });
    const view = new DataView(hash.buffer, hash.byteOffset);
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = (lanes[lane] ?? 0n) + view.getBigUint64(8 * lane, true);
    }
  }
  return new Uint8Array(lanes.buffer);
}

describe("set hash", () => {
  // Sizes around one BLAKE3 block, several blocks, and one chunk: 48 bytes surround a value.
  test.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 40])("of %i elements of any length", (count) => {
    const random = new Random(SEED + count);
    const { contributions, verify } = subject("bytes", { id: 3 });
    const elements = Array.from({ length: count }, (_, i) => {
      const length = random.pick([0, 15, 16, 17, 80, 500, 975, 976, 977, 5000]);
      const value = random.oneIn(6) ? null : random.bytes(length);
      return { record: bytesRecord(random.bytes(8), value), counter: 2 * i, thread: 0 };
    });
    const entries: LogEntry[] = elements.flatMap(({ record, counter }, i) => [
      addB(record, i, counter),
      evictB(i, counter + 1),
    ]);
    expect(verify(...entries, NEXT_EPOCH, VERIFY_EPOCH).verdict).toBe("success");
    const evicted = elements.map((e) => ({ ...e, counter: e.counter + 1, thread: 3 }));
    expect(contributions).toMatchObject([
      { thread: 3, epoch: 0, addCount: BigInt(count), evictCount: BigInt(count) },
    ]);
    expect(contributions[0]?.add).toEqual(setHash("bytes", elements));
    expect(contributions[0]?.evict).toEqual(setHash("bytes", evicted));
  });

  test("the same in profile kv64, internal records included", () => {
    const { contributions, verify } = subject("kv64", { id: 1, keyHash: "blake2b" });
    const descriptor = {
      key: { depth: 256, bits: new Uint8Array(32).fill(3) },
      hash: new Uint8Array(32).fill(4),
      inDeferred: true,
    };
    const inner = { depth: 1, bits: new Uint8Array(32) };
    const records: ZetaRecord[] = [
      { kind: "internal", key: inner, value: [descriptor, null] },
      { kind: "internal", key: { ...inner, depth: 9 }, value: [descriptor, descriptor] },
      { kind: "internal", key: { ...inner, depth: 255 }, value: [null, null] },
      { kind: "app", key: new Uint8Array(8).fill(9), value: null },
      { kind: "app", key: new Uint8Array(8).fill(8), value: new Uint8Array(8).fill(7) },
    ];
    const entries = records.flatMap((record, i) => [addB(record, i, 2 * i), evictB(i, 2 * i + 1)]);
    expect(verify(...entries, NEXT_EPOCH, VERIFY_EPOCH).verdict).toBe("success");
    const added = records.map((record, i) => ({ record, counter: 2 * i, thread: 0 }));
    const evicted = records.map((record, i) => ({ record, counter: 2 * i + 1, thread: 1 }));
    expect(contributions[0]?.add).toEqual(setHash("kv64", added));
    expect(contributions[0]?.evict).toEqual(setHash("kv64", evicted));
  });
});

describe("receipts", () => {
  test("leaves and roots are those that a client computes, for every tree up to 33 leaves", () => {
    const { contributions, verify } = subject("bytes", { id: 2 });
    const random = new Random(SEED);
    for (let epoch = 0; epoch <= 33; epoch++) {
      const added = addB(RECORD, 1, 0, epoch);
      let value: Uint8Array | null = RECORD.value as Uint8Array;
      const expected: Uint8Array[] = [];
      const calls: LogEntry[] = [];
      for (let i = 0; i < epoch; i++) {
        const operation: KvOperation = random.pick([
          { operation: "get", key: KEY },
          { operation: "put", key: KEY, value: random.bytes(random.below(90)) },
          { operation: "delete", key: KEY },
        ] as const);
        const requestId = random.bytes(16);
        const isGet = operation.operation === "get";
        const result = encodeKvResult(isGet ? { value } : { existed: value !== null });
        if (operation.operation === "put") value = operation.value;
        if (operation.operation === "delete") value = null;
        calls.push(kvCall(operation, 1, requestId), kvCall({ operation: "get", key: KEY }, 1));
        expected.push(
          receiptLeaf({
            requestId,
            thread: 2,
            epoch,
            function: ["get", "put", "delete"].indexOf(operation.operation),
            argumentDigest: blake3Digest(encodeKvArgument(operation)),
            resultDigest: blake3Digest(result),
          }),
        );
      }
      const result = verify(added, ...calls, evictB(1, 5, epoch), NEXT_EPOCH, VERIFY_EPOCH);
      expect(result).toMatchObject({ verdict: "success", wrote: 0 });
      expect(result.leaves).toEqual(new Uint8Array(Buffer.concat(expected)));
      expect(contributions.at(-1)).toMatchObject({
        epoch,
        operations: BigInt(2 * epoch),
        leafCount: BigInt(epoch),
        receiptsRoot: receiptsRoot(expected),
      });
    }
  });

  test("a frame holds the leaves of as many calls as fit into it", () => {
    const { thread, verify, contributions } = subject("bytes");
    const call = kvCall({ operation: "get", key: new Uint8Array(0) }, 1, new Uint8Array(16));
    const bytes = encode("bytes", [call]);
    expect(bytes.length).toBe(26);
    const record = bytesRecord(new Uint8Array(0), null);
    expect(verify(addB(record, 1, 0)).verdict).toBe("success");
    const count = Math.floor((4 << 20) / 26);
    const frame = new Uint8Array(Buffer.concat(new Array<Uint8Array>(count).fill(bytes)));
    const result = thread.verifyLog(frame);
    expect(result).toMatchObject({ verdict: "success", check: null });
    expect(result.leaves.length).toBe(32 * count);
    expect(verify(evictB(1, 9), NEXT_EPOCH, VERIFY_EPOCH).verdict).toBe("success");
    expect(contributions[0]?.leafCount).toBe(BigInt(count));
  });
});

describe("epochs of profile bytes", () => {
  test("the 64 epochs after the last verified one are addressable, touched or not", () => {
    const { verify, contributions } = subject("bytes");
    const later = verify(addB(RECORD, 1, 0, 63), evictB(1, 9, 63), VERIFY_EPOCH, VERIFY_EPOCH);
    expect(later.verdict).toBe("success");
    expect(verify(addB(RECORD, 1, 10, 65)).verdict).toBe("success");
    expect(contributions.map(({ epoch, addCount }) => [epoch, addCount])).toEqual([
      [0, 0n],
      [1, 0n],
    ]);
    const late = verify(evictB(1, 0, 66));
    expect(late).toMatchObject({ verdict: "entry_failure", check: "T.ring", pos: 0 });
  });

  test("an epoch's cell is empty when the epoch 64 later takes it", () => {
    const { verify, contributions } = subject("bytes");
    expect(verify(addB(RECORD, 1, 0), evictB(1, 3)).verdict).toBe("success");
    for (let epoch = 0; epoch < 65; epoch++) verify(NEXT_EPOCH, VERIFY_EPOCH);
    expect(contributions.map(({ addCount }) => addCount)).toEqual([1n, ...Array(64).fill(0n)]);
    expect(contributions[64]?.add).toEqual(new Uint8Array(32));
  });

  test("a call outside the window is refused", () => {
    const { verify } = subject("bytes");
    const call = kvCall({ operation: "get", key: KEY }, 1);
    const jump: LogEntry[] = Array.from({ length: 63 }, () => NEXT_EPOCH);
    expect(verify(addB(RECORD, 1, 0), ...jump, call).verdict).toBe("success");
    expect(verify(NEXT_EPOCH, call)).toMatchObject({
      verdict: "entry_failure",
      check: "T.ring",
      pos: 1,
    });
  });
});

describe("the aggregate's answer", () => {
  test("a refusal fails VerifyEpoch at its own position", () => {
    const { thread, verify } = subject("bytes", { contribute: () => false });
    expect(verify(NEXT_EPOCH, VERIFY_EPOCH, NEXT_EPOCH)).toMatchObject({
      verdict: "entry_failure",
      check: "T.ring",
      pos: 1,
      read: 0,
    });
    expect(thread.lastVerifiedEpoch).toBeNull();
    expect(verify(NEXT_EPOCH)).toMatchObject({ verdict: "thread_dead", check: "F.sticky" });
  });

  test("a sink that throws leaves a dead thread, not a waiting one", () => {
    const { thread, verify } = subject("bytes", {
      contribute: () => {
        throw new Error("no aggregate");
      },
    });
    expect(() => verify(NEXT_EPOCH, VERIFY_EPOCH)).toThrow("no aggregate");
    expect(thread.failed).toBe(true);
    expect(verify(NEXT_EPOCH).verdict).toBe("thread_dead");
  });

  test("the thread cannot be entered while it contributes", () => {
    const { verify } = subject("bytes", { contribute: () => verify(NEXT_EPOCH) !== undefined });
    expect(() => verify(NEXT_EPOCH, VERIFY_EPOCH)).toThrow("one frame at a time");
  });
});

test("failures of an entry show at the next one, or at the end of the frame", () => {
  const bad = evictB(9, 1);
  const { length } = encode("bytes", [bad]);
  const first = subject("bytes");
  expect(first.verify(NEXT_EPOCH, bad, NEXT_EPOCH)).toMatchObject({
    verdict: "entry_failure",
    pos: 1 + length,
    read: 0,
    check: "V.slot",
  });
  const last = subject("bytes");
  expect(last.verify(NEXT_EPOCH, bad)).toMatchObject({
    verdict: "failed_at_end",
    pos: 1 + length,
    read: 1 + length,
    check: "V.slot",
  });
  expect(last.thread.clock).toEqual({ epoch: 1, counter: 0 });
  expect(last.thread.failed).toBe(true);
});

test("only thread 0 starts with the root", () => {
  expect(subject("bytes").thread.slot(0)).toEqual({
    depth: 0,
    key: new Uint8Array(32),
    method: "M",
    value: Uint8Array.of(0, 0),
    children: [null, null],
    parent: null,
  });
  expect(subject("bytes", { id: 1 }).thread.slot(0)).toBeNull();
  expect(subject("bytes").thread.slot(64)).toBeNull();
});
