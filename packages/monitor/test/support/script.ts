// SPDX-License-Identifier: Apache-2.0
import { type BaseKey, dataKey, direction } from "@zeta/protocol/base-key";
import { utf8 } from "@zeta/protocol/bytes";
import { encodeCall } from "@zeta/protocol/call";
import { appValueBytes, blake3Digest, keyDigest, merkleValueBytes } from "@zeta/protocol/digest";
import {
  encodeKvArgument,
  encodeKvResult,
  type KvOperation,
  type KvResult,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import type { TransactItem, TransactResult } from "@zeta/protocol/kv-transact";
import type { LogEntry } from "@zeta/protocol/log-entry";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import type { Descriptor, ZetaRecord } from "@zeta/protocol/record";

/**
 * Logs written by hand, profile `bytes`. Nodes are named by the path to them, "01" = left, then
 * right; leaves by a letter with the path below which the letter's key happens to lie.
 */
export const LEAVES = { A: "01", B: "00", C: "1", D: "11" } as const;
export type Leaf = keyof typeof LEAVES;

/** A key whose digest begins with the leaf's path. */
export function keyOf(leaf: Leaf): Uint8Array {
  const path = LEAVES[leaf];
  for (let i = 0; ; i++) {
    const key = utf8(`${leaf}${i}`);
    const name = dataKey(keyDigest(key));
    if ([...path].every((bit, depth) => direction(name, depth) === Number(bit))) return key;
  }
}

export function leafKey(leaf: Leaf): BaseKey {
  return dataKey(keyDigest(keyOf(leaf)));
}

export function nodeKey(path: string): BaseKey {
  const bits = new Uint8Array(32);
  for (const [depth, bit] of [...path].entries()) {
    const at = 31 - (depth >> 3);
    bits[at] = (bits[at] ?? 0) | (Number(bit) << (depth & 7));
  }
  return { depth: path.length, bits };
}

export function app(leaf: Leaf, value: string | null): ZetaRecord {
  return { kind: "app", key: keyDigest(keyOf(leaf)), value: value === null ? null : utf8(value) };
}

export function node(
  path: string,
  left: Descriptor | null = null,
  right: Descriptor | null = null,
): ZetaRecord {
  return { kind: "internal", key: nodeKey(path), value: [left, right] };
}

export function hashOf(record: ZetaRecord): Uint8Array {
  const bytes =
    record.kind === "internal" ? merkleValueBytes(record.value) : appValueBytes(record.value);
  return blake3Digest(bytes);
}

/** A descriptor of a leaf that was evicted into the tree with this value. */
export function described(leaf: Leaf, value: string | null): Descriptor {
  return { key: leafKey(leaf), hash: hashOf(app(leaf, value)), inDeferred: false };
}

export type Time = readonly [epoch: number, counter: number];

/**
 * One call as the client saw it: what it asked, what it was told, and the leaf that would prove it.
 */
export interface Told {
  readonly thread: number;
  readonly operation: KvOperation;
  readonly result: KvResult;
  readonly leaf: Uint8Array;
}

/** A record of a transaction; without condition and write nothing becomes of it. */
export interface TransactRecord extends Partial<Pick<TransactItem, "condition" | "write">> {
  readonly leaf: Leaf;
  readonly slot: number;
}

export const DONE: TransactResult = { done: true, failedAt: null };

/** The log of several threads, entry by entry, and what clients are told meanwhile. */
export class Script {
  readonly frames: { thread: number; entries: LogEntry[] }[] = [];
  readonly history: Told[] = [];
  readonly #epochs: number[];

  /** @param firstEpoch where the clocks of all threads stand at the beginning */
  constructor(threads = 1, firstEpoch = 0) {
    this.#epochs = new Array<number>(threads).fill(firstEpoch);
  }

  get threads(): number {
    return this.#epochs.length;
  }

  /** The pen of one thread. */
  on(thread: number): Pen {
    return new Pen(this, thread);
  }

  /** The epoch that the thread's clock is in after what was written. */
  epochOf(thread: number): number {
    return this.#epochs[thread] ?? 0;
  }

  write(thread: number, entry: LogEntry): void {
    const last = this.frames.at(-1);
    if (last?.thread === thread) last.entries.push(entry);
    else this.frames.push({ thread, entries: [entry] });
    const epoch = this.epochOf(thread);
    if (entry.type === "NextEpoch") this.#epochs[thread] = epoch + 1;
    if ("time" in entry) this.#epochs[thread] = Math.max(epoch, entry.time.epoch);
  }

  /** All threads end the epoch and commit it. */
  closeEpoch(): this {
    for (let thread = 0; thread < this.threads; thread++) this.on(thread).nextEpoch().verifyEpoch();
    return this;
  }
}

/** Writes entries of one thread. Slots, parents and times as the host chooses them. */
export class Pen {
  readonly #script: Script;
  readonly #thread: number;

  constructor(script: Script, thread: number) {
    this.#script = script;
    this.#thread = thread;
  }

  entry(entry: LogEntry): this {
    this.#script.write(this.#thread, entry);
    return this;
  }

  addM(record: ZetaRecord, slot: number, parent: number): this {
    return this.entry({ type: "AddM", record, slot, parent });
  }

  addB(record: ZetaRecord, slot: number, time: Time, thread: number): this {
    return this.entry({ type: "AddB", record, slot, time: timestamp(time), thread });
  }

  evictM(slot: number, parent: number): this {
    return this.entry({ type: "EvictM", slot, parent });
  }

  evictB(slot: number, time: Time): this {
    return this.entry({ type: "EvictB", slot, time: timestamp(time) });
  }

  evictBM(slot: number, parent: number, time: Time): this {
    return this.entry({ type: "EvictBM", slot, parent, time: timestamp(time) });
  }

  nextEpoch(): this {
    return this.entry({ type: "NextEpoch" });
  }

  verifyEpoch(): this {
    return this.entry({ type: "VerifyEpoch" });
  }

  /** get, and what the client is told that it found. */
  get(leaf: Leaf, slot: number, told: string | null): this {
    const value = told === null ? null : utf8(told);
    return this.#call({ operation: "get", key: keyOf(leaf) }, [slot], { value });
  }

  /** put, and whether the client is told that there was a value before. */
  put(leaf: Leaf, value: string | Uint8Array, slot: number, existed: boolean): this {
    const bytes = typeof value === "string" ? utf8(value) : value;
    return this.#call({ operation: "put", key: keyOf(leaf), value: bytes }, [slot], { existed });
  }

  /** A mini-transaction over leaves in the order of their letters, each with the slot that is given for it. */
  transact(records: readonly TransactRecord[], result: TransactResult): this {
    const items = records.map(({ leaf, condition = "any", write = "keep" }): TransactItem => {
      return { key: keyOf(leaf), condition, write };
    });
    const slots = records.map(({ slot }) => slot);
    return this.#call({ operation: "transact", items }, slots, result);
  }

  #call(operation: KvOperation, slots: readonly number[], result: KvResult): this {
    const { history } = this.#script;
    const requestId = new Uint8Array(16).fill(history.length + 1);
    const argument = encodeKvArgument(operation);
    const leaf = receiptLeaf({
      requestId,
      thread: this.#thread,
      epoch: this.#script.epochOf(this.#thread),
      function: kvFunctionNumber(operation.operation),
      argumentDigest: argumentDigest(argument),
      resultDigest: resultDigest(encodeKvResult(result)),
    });
    history.push({ thread: this.#thread, operation, result, leaf });
    const payload = encodeCall({ requestId, slots, argument });
    return this.entry({
      type: "RunApp",
      function: kvFunctionNumber(operation.operation),
      payload,
    });
  }
}

function timestamp([epoch, counter]: Time): { epoch: number; counter: number } {
  return { epoch, counter };
}
