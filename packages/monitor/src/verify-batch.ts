// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies a sealed batch alone: a fresh monitor goes on from the batch's previous root, replays the log, and ends with everything back in
 * the tree. Nothing in the batch is believed; its header says what to compare with.
 */
import { randomBytes } from "node:crypto";
import {
  type BatchHeader,
  batchReceiptsRoot,
  decodeBatchHeader,
  type EpochReceipts,
} from "@zeta/protocol/batch";
import { equalBytes } from "@zeta/protocol/bytes";
import type { CheckId } from "@zeta/protocol/checks";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { ENTRY_TYPES } from "@zeta/protocol/log-entry";
import { rootHash } from "@zeta/protocol/root-value";
import type { AggregateEvent } from "./aggregator.ts";
import { inflated } from "./inflate-log.ts";
import { createMonitorInstance, type MonitorInstance, type ThreadFactory } from "./instance.ts";
import { readLogFrames } from "./log-frames.ts";
import { loadMonitorModule } from "./wasm-module.ts";
import { createWasmThread } from "./wasm-thread.ts";

/** What a batch proves: found out from its log, never copied from its header. */
export interface BatchFindings {
  readonly number: number;
  readonly service: string;
  /** Hashes of the root at rest before and after. */
  readonly previousRoot: Uint8Array;
  readonly root: Uint8Array;
  /** Zeros without receipts. */
  readonly receiptsRoot: Uint8Array;
  readonly epochs: number;
  readonly operations: bigint;
}

/**
 * Why a batch is refused: a check of the monitor or of the formats, or `batch_compression` (the log does not decompress as it should),
 * `batch_memory` (it wants a monitor that is too large), `batch_epochs` (not all of its epochs are certified, or something comes after
 * them), `batch_not_at_rest`, `batch_root`, `batch_receipts` (not what the header claims).
 */
export type BatchRefusalCode =
  | CheckId
  | "batch_compression"
  | "batch_memory"
  | "batch_epochs"
  | "batch_not_at_rest"
  | "batch_root"
  | "batch_receipts";

export interface BatchVerification {
  /** Largest value memory a batch may ask for, in bytes. Default 1 GiB. */
  readonly valueMemoryBytesMax?: number;
  /** Makes the monitor threads; default: in WebAssembly. */
  readonly createThread?: ThreadFactory;
}

const VALUE_MEMORY_BYTES_MAX = 2 ** 30;
const SECRET_KEY_BYTES = 32;

/**
 * @throws ZetaError with a {@link BatchRefusalCode}.
 * @example
 * const { previousRoot, root } = await verifyBatch(await readFile("batch-7"));
 */
export async function verifyBatch(
  data: Uint8Array,
  options: BatchVerification = {},
): Promise<BatchFindings> {
  const { header, log } = decodeBatchHeader(data);
  const memoryMax = options.valueMemoryBytesMax ?? VALUE_MEMORY_BYTES_MAX;
  if (header.valueMemoryBytes > memoryMax) {
    refuse("batch_memory", `at most ${memoryMax} bytes of value memory`, header.valueMemoryBytes);
  }
  const events: AggregateEvent[] = [];
  const instance = startMonitor(header, options.createThread ?? wasmThreads(), events);
  await replayLog(instance, header, data.subarray(log), events);
  checkAtRest(instance, header, events);
  return compared(header, instance, events);
}

function wasmThreads(): ThreadFactory {
  const module = loadMonitorModule("bytes");
  return (options) => createWasmThread(module, options);
}

function startMonitor(
  header: BatchHeader,
  createThread: ThreadFactory,
  events: AggregateEvent[],
): MonitorInstance {
  const { threads, slots, valueMemoryBytes, firstEpoch, previousRootValue } = header;
  return createMonitorInstance({
    profile: "bytes",
    threads,
    slots,
    valueMemoryBytes,
    start: { epoch: firstEpoch, root: previousRootValue },
    // Fresh for every batch: whoever wrote the log cannot know it.
    setHashKey: randomBytes(SECRET_KEY_BYTES),
    createThread,
    report: (event) => events.push(event),
  });
}

async function replayLog(
  instance: MonitorInstance,
  header: BatchHeader,
  compressed: Uint8Array,
  events: readonly AggregateEvent[],
): Promise<void> {
  let frame = 0;
  for await (const { thread, log } of readLogFrames(inflated(compressed, header.logBytes))) {
    verifyFrame(instance, events, thread, log, `frame ${frame}`);
    frame++;
  }
  const { lastEpoch } = header;
  if (instance.maxCertifiedEpoch !== lastEpoch) {
    refuse("batch_epochs", `epochs up to ${lastEpoch} certified`, instance.maxCertifiedEpoch);
  }
}

/** @throws ZetaError with the check that refused the frame, or the epoch that it ended. */
function verifyFrame(
  instance: MonitorInstance,
  events: readonly AggregateEvent[],
  thread: number,
  log: Uint8Array,
  where: string,
): void {
  const { check, pos } = instance.verifyLog(thread, log);
  if (check !== null) {
    throw new ZetaError(check, `expected an honest log, got a refusal in ${where} at byte ${pos}`);
  }
  const last = events.at(-1);
  if (last?.kind === "mismatch") {
    throw new ZetaError(
      last.check,
      `expected epoch ${last.epoch} to balance, got one that does not`,
    );
  }
}

/**
 * Nothing may be left outside the tree and nothing may have happened after the last epoch: else a part of the state would not be under the
 * root, or under no certificate.
 */
function checkAtRest(
  instance: MonitorInstance,
  { slots, lastEpoch }: BatchHeader,
  events: readonly AggregateEvent[],
): void {
  for (const thread of instance.threads) {
    for (let slot = thread.id === 0 ? 1 : 0; slot < slots; slot++) {
      if (thread.slot(slot) === null) continue;
      refuse("batch_not_at_rest", "the root alone in slots", `slot ${slot} of ${thread.id} in use`);
    }
    // An element handed over at a later time would have moved the clock beyond this, unless it was handed over at this very time.
    const { epoch, counter } = thread.clock;
    if (epoch !== lastEpoch + 1 || counter !== 0) {
      refuse("batch_epochs", `clocks at the end of epoch ${lastEpoch}`, `${epoch}.${counter}`);
    }
  }
  checkEmptyEpoch(instance, events);
}

/** The epoch after the last, closed at once, must balance without a single call or receipt: so nothing was begun in it. */
function checkEmptyEpoch(instance: MonitorInstance, events: readonly AggregateEvent[]): void {
  const close = Uint8Array.of(tagOf("NextEpoch"), tagOf("VerifyEpoch"));
  for (const { id } of instance.threads) {
    verifyFrame(instance, events, id, close, "the close of the epoch after the last");
  }
  const last = events.at(-1);
  if (last?.kind !== "certified" || last.operations !== 0n) {
    refuse("batch_epochs", "no call after the last epoch", "some");
  }
}

function tagOf(type: (typeof ENTRY_TYPES)[number]): number {
  return ENTRY_TYPES.indexOf(type);
}

function compared(
  header: BatchHeader,
  instance: MonitorInstance,
  events: readonly AggregateEvent[],
): BatchFindings {
  const certified = events.flatMap((event) => (event.kind === "certified" ? [event] : []));
  const epochs = certified.slice(0, -1);
  const root = rootHash(instance.threads[0]?.slot(0)?.value ?? new Uint8Array(0));
  const receipts = batchReceiptsRoot(epochs.flatMap(receiptsOf));
  if (!equalBytes(root, header.root)) {
    refuse("batch_root", `root ${toHex(header.root)} as claimed`, toHex(root));
  }
  if (!equalBytes(receipts, header.receiptsRoot)) {
    const claimed = toHex(header.receiptsRoot);
    refuse("batch_receipts", `receipts root ${claimed} as claimed`, toHex(receipts));
  }
  return {
    number: header.number,
    service: header.service,
    previousRoot: rootHash(header.previousRootValue),
    root,
    receiptsRoot: receipts,
    epochs: epochs.length,
    operations: epochs.reduce((sum, { operations }) => sum + operations, 0n),
  };
}

function receiptsOf({
  epoch,
  threads,
}: Extract<AggregateEvent, { kind: "certified" }>): EpochReceipts[] {
  return threads.map((receipts, thread) => ({ epoch, thread, ...receipts }));
}

function refuse(code: BatchRefusalCode, expected: string, got: unknown): never {
  throw new ZetaError(code, `expected ${expected}, got ${got}`);
}
