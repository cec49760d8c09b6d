// SPDX-License-Identifier: Apache-2.0
/** A batch with bytes changed anywhere: whoever changes it may also announce its new digest, so the verifier itself must find out. */
import { deflateSync, inflateSync } from "node:zlib";
import type { ThreadFactory } from "@zeta/monitor/instance";
import { verifyBatch } from "@zeta/monitor/verify-batch";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { type BatchHeader, decodeBatchHeader, encodeBatchHeader } from "@zeta/protocol/batch";
import { concatBytes } from "@zeta/protocol/bytes";
import { isCheckId } from "@zeta/protocol/checks";
import { isZetaError } from "@zeta/protocol/error";
import { EMPTY_ROOT_VALUE } from "@zeta/protocol/root-value";
import { beforeAll, describe, expect, test } from "vitest";
import type { SealedBatch } from "../../src/batches/sealed-batch.ts";
import { MemorySink, sealerFor, until } from "../support/batches.ts";
import { getCall, putCall } from "../support/calls.ts";
import { createTestService } from "../support/service.ts";

/** Positions between those that are tried; `npm run assure gateway` tries all. */
const isWhole = process.env.ZETA_ASSURE === "1";
const STEP = isWhole ? 1 : 41;
const HEADER_STEP = isWhole ? 1 : 2;

const monitor = loadMonitorModule("bytes");
/** Compiled once. */
const createThread: ThreadFactory = (options) => createWasmThread(monitor, options);

/** The code that refuses the batch, or `verified`. */
async function codeOf(data: Uint8Array): Promise<string> {
  try {
    await verifyBatch(data, { createThread });
    return "verified";
  } catch (error) {
    if (isZetaError(error)) return error.code;
    throw error;
  }
}

/** Codes of verify-batch.ts besides the checks. */
const BATCH_CODES = [
  "batch_compression",
  "batch_epochs",
  "batch_memory",
  "batch_not_at_rest",
  "batch_root",
  "batch_receipts",
];

describe("a changed batch", { timeout: isWhole ? 600_000 : 30_000 }, () => {
  let first: SealedBatch;
  let second: SealedBatch;
  let log: Buffer;

  beforeAll(async () => {
    const sink = new MemorySink();
    const { sealer } = await sealerFor(sink, { epochs: 1 });
    const { engine, close } = createTestService({ sealer });
    for (const batch of [1, 2]) {
      for (let i = 0; i < 6; i++) {
        await engine.execute([putCall(`key ${i}`, `value ${batch} ${i}`), getCall(`key ${i - 1}`)]);
      }
      await engine.closeEpoch();
      await until(() => sink.batches.length === batch);
    }
    await close();
    [first, second] = sink.batches as [SealedBatch, SealedBatch];
    log = inflateSync(second.data.subarray(decodeBatchHeader(second.data).log));
    expect(await codeOf(second.data)).toBe("verified");
  });

  const sealed = (frames: Uint8Array, changed: Partial<BatchHeader> = {}) =>
    concatBytes(
      encodeBatchHeader({ ...second.header, logBytes: frames.length, ...changed }),
      deflateSync(frames),
    );

  const flipped = (bytes: Uint8Array, at: number, bit: number) => {
    const copy = Uint8Array.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << bit);
    return copy;
  };

  test("any byte of the header: refused, or another number, service or size of monitor is found", async () => {
    const end = decodeBatchHeader(second.data).log;
    const changes = new Set<string>();
    for (let at = 0; at < end; at += HEADER_STEP) {
      const data = flipped(second.data, at, at % 8);
      const code = await codeOf(data);
      if (code !== "verified") {
        expect([at, isCheckId(code) || BATCH_CODES.includes(code)]).toEqual([at, true]);
        continue;
      }
      const { header } = decodeBatchHeader(data);
      const names = Object.keys(header) as (keyof BatchHeader)[];
      const different = names.filter((name) => {
        return JSON.stringify(header[name]) !== JSON.stringify(second.header[name]);
      });
      for (const name of different) changes.add(name);
    }
    // The first two are compared with what the server announced; the others are no part of what is proven.
    const allowed = ["number", "service", "slots", "valueMemoryBytes"];
    expect([...changes].filter((name) => !allowed.includes(name))).toEqual([]);
    expect([...changes]).toEqual(expect.arrayContaining(["number", "service"]));
  });

  test("any byte of the compressed log is refused, unless it compresses the same log", async () => {
    const start = decodeBatchHeader(second.data).log;
    for (let at = start; at < second.data.length; at += STEP) {
      const changed = flipped(second.data, at, at % 8);
      const code = await codeOf(changed);
      // Deflate may say in two ways where bytes are repeated from: what is verified is what they say.
      if (code === "verified") expect(inflateSync(changed.subarray(start))).toEqual(log);
      else expect([at, isCheckId(code) || BATCH_CODES.includes(code)]).toEqual([at, true]);
    }
  });

  test("any byte of the log, compressed again, is refused by a check", async () => {
    const codes = new Set<string>();
    for (let at = 0; at < log.length; at += STEP) {
      const code = await codeOf(sealed(flipped(log, at, at % 8)));
      expect([at, isCheckId(code) || BATCH_CODES.includes(code)]).toEqual([at, true]);
      codes.add(code);
    }
    expect(codes.size).toBeGreaterThan(5);
  });

  test("cut anywhere, or with something after its end", async () => {
    for (let length = 0; length < second.data.length; length += STEP) {
      expect([length, await codeOf(second.data.subarray(0, length))]).not.toEqual([
        length,
        "verified",
      ]);
    }
    expect(await codeOf(concatBytes(second.data, Uint8Array.of(0)))).toBe("batch_compression");
    expect(await codeOf(sealed(log, { logBytes: log.length - 1 }))).toBe("D.length");
    expect(await codeOf(sealed(log, { logBytes: log.length + 1 }))).toBe("D.length");
  });

  test("a decompression bomb is stopped at the announced length", async () => {
    const bomb = deflateSync(new Uint8Array(50 << 20));
    const head = encodeBatchHeader({ ...second.header, logBytes: 100 });
    expect(await codeOf(concatBytes(head, bomb))).toBe("D.length");
    // Fifty megabytes of zeros that are announced: a frame of no bytes for thread 0.
    const announced = encodeBatchHeader({ ...second.header, logBytes: 50 << 20 });
    expect(await codeOf(concatBytes(announced, bomb))).toBe("L.frame");
  });

  test("another root before, another root or receipts root claimed, fewer or more epochs", async () => {
    const zeros = new Uint8Array(32);
    expect(await codeOf(sealed(log, { previousRootValue: EMPTY_ROOT_VALUE }))).toBe("M.initA");
    expect(await codeOf(sealed(log, { root: zeros }))).toBe("batch_root");
    expect(await codeOf(sealed(log, { receiptsRoot: zeros }))).toBe("batch_receipts");
    expect(await codeOf(sealed(log, { lastEpoch: 2 }))).toBe("batch_epochs");
    expect(await codeOf(sealed(log, { firstEpoch: 0 }))).toBe("batch_epochs");
    expect(await codeOf(sealed(log, { threads: 2 }))).toBe("batch_epochs");
    expect(await codeOf(sealed(log, { valueMemoryBytes: 2 ** 31 }))).toBe("batch_memory");
  });

  test("the log of the batch before does not pass for this one's, nor both for one", async () => {
    const { header, log: at } = decodeBatchHeader(first.data);
    const before = inflateSync(first.data.subarray(at));
    expect(await codeOf(sealed(before))).not.toBe("verified");
    const both = concatBytes(before, log);
    expect(await codeOf(sealed(both))).not.toBe("verified");
    const whole = { firstEpoch: header.firstEpoch, previousRootValue: EMPTY_ROOT_VALUE };
    // Two honest batches in a row are one honest batch, with its own receipts root.
    expect(await codeOf(sealed(both, whole))).toBe("batch_receipts");
  });

  test("calls after the last epoch, and records left outside the tree", async () => {
    const frame = (...bytes: readonly number[]) => {
      const head = Buffer.alloc(6);
      head.writeUInt32BE(bytes.length, 2);
      return Buffer.from([...head, ...bytes]);
    };
    // The clock of the next epoch but one.
    expect(await codeOf(sealed(concatBytes(log, frame(5))))).toBe("batch_epochs");
    // Without the commit of the last epoch.
    const cut = log.subarray(0, -1);
    const length = Buffer.from(cut);
    const lastFrame = lastFrameAt(log);
    length.writeUInt32BE(log.readUInt32BE(lastFrame + 2) - 1, lastFrame + 2);
    expect(await codeOf(sealed(length))).toBe("batch_epochs");
  });

  /** Offset of the last frame's header. */
  function lastFrameAt(frames: Buffer): number {
    let at = 0;
    for (;;) {
      const next = at + 6 + frames.readUInt32BE(at + 2);
      if (next === frames.length) return at;
      at = next;
    }
  }
});
