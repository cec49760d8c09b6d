// SPDX-License-Identifier: Apache-2.0
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import { valueHash } from "@zeta/monitor/reference/value-hash";
import type { FrameResult, MonitorThread, MonitorThreadOptions } from "@zeta/monitor/verdict";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { ancestorAt, type BaseKey, compareBaseKeys, dataKey, ROOT } from "@zeta/protocol/base-key";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { utf8 } from "@zeta/protocol/bytes";
import { encodeCall } from "@zeta/protocol/call";
import { blake3Digest } from "@zeta/protocol/digest";
import { encodeKvArgument, type KvOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import { type LogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import type { Descriptor, ZetaRecord } from "@zeta/protocol/record";
import type { Timestamp } from "@zeta/protocol/timestamp";
import type { Entry } from "./entry.ts";
import { isInner, KEY_A, KEY_B, KEY_C, NODE_P, placeOf } from "./names.ts";
import { field, keyAt, type ThreadState, VALUE } from "./thread-state.ts";
import { ABSENT, hashIn, inDeferred, keyIn, NO_HASH, NOTHING_BELOW } from "./values.ts";
import type { World } from "./world.ts";

const VALUES = [null, utf8("a"), utf8("b")] as const;

/** Text keys whose digests lie in the tree as A, B and C do: same first two steps, same order. */
const TEXT_KEYS: ReadonlyMap<number, Uint8Array> = findKeys();

function findKeys(): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  let last: BaseKey = ROOT;
  for (const key of [KEY_A, KEY_B, KEY_C]) {
    for (let i = 0; !found.has(key); i++) {
      const text = utf8(`key ${i}`);
      const digest = blake3Digest(text);
      const isPlaced = ((digest[31] ?? 0) & 3) === placeOf(key).w;
      if (!isPlaced || compareBaseKeys(dataKey(digest), last) <= 0) continue;
      found.set(key, text);
      last = dataKey(digest);
    }
  }
  return found;
}

function textOf(key: number): Uint8Array {
  return TEXT_KEYS.get(key) as Uint8Array;
}

function baseKeyOf(key: number): BaseKey {
  if (key === NODE_P) return ancestorAt(dataKey(blake3Digest(textOf(KEY_A))), 1);
  return isInner(key) ? ROOT : dataKey(blake3Digest(textOf(key)));
}

/** The entries of the small world as bytes of profile `bytes`, and monitors to read them. */
export class Translator {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  frame(state: ThreadState, entry: Entry): Uint8Array {
    const writer = new ByteWriter();
    writeLogEntry(writer, this.#entry(state, entry), "bytes");
    return writer.toBytes();
  }

  #entry(state: ThreadState, entry: Entry): LogEntry {
    switch (entry.type) {
      case "AddM":
        return { ...entry, record: this.#record(entry.key, entry.value) };
      case "AddB":
        return {
          ...entry,
          record: this.#record(entry.key, entry.value),
          time: this.time(entry.time),
        };
      case "EvictB":
      case "EvictBM":
        return { ...entry, time: this.time(entry.time) };
      case "Call":
        return this.#call(state, entry.slot, entry.after);
      default:
        return entry;
    }
  }

  time(time: number): Timestamp {
    const { epochSteps } = this.#world;
    return { epoch: Math.floor(time / epochSteps), counter: time % epochSteps };
  }

  #record(key: number, value: number): ZetaRecord {
    if (!isInner(key)) {
      return { kind: "app", key: blake3Digest(textOf(key)), value: VALUES[value] ?? null };
    }
    const { values } = this.#world;
    const sides = [values.below(value, 0), values.below(value, 1)].map((d) => this.#descriptor(d));
    return { kind: "internal", key: baseKeyOf(key), value: [sides[0] ?? null, sides[1] ?? null] };
  }

  #descriptor(d: number): Descriptor | null {
    if (d === NOTHING_BELOW) return null;
    const isNew = hashIn(d) === NO_HASH;
    const hash = isNew ? new Uint8Array(32) : valueHash(this.#record(keyIn(d), hashIn(d)), "bytes");
    return { key: baseKeyOf(keyIn(d)), hash, inDeferred: inDeferred(d) };
  }

  /** A call that leaves what it found is a get; else a delete or a put. */
  #call(state: ThreadState, slot: number, after: number): LogEntry {
    const held = keyAt(state, slot);
    const key = textOf(held === -1 || isInner(held) ? KEY_A : held);
    const operation = operationOf(key, field(state, slot, VALUE), after);
    const argument = encodeKvArgument(operation);
    const payload = encodeCall({ requestId: null, slots: [slot], argument });
    return { type: "RunApp", function: kvFunctionNumber(operation.operation), payload };
  }
}

function operationOf(key: Uint8Array, before: number, after: number): KvOperation {
  if (before === after) return { operation: "get", key };
  const value = VALUES[after] ?? null;
  return after === ABSENT || value === null
    ? { operation: "delete", key }
    : { operation: "put", key, value };
}

/** One thread of the WebAssembly monitor and one of the reference, fed with the same frames. */
export class RealThreads {
  readonly #threads: readonly MonitorThread[];

  constructor(world: World, thread: 0 | 1) {
    const options: MonitorThreadOptions = {
      id: thread,
      threads: 2,
      slots: world.shape.slots[thread],
      profile: "bytes",
      setHashKey: new Uint8Array(32).fill(7),
      contribute: () => true,
    };
    this.#threads = [createWasmThread(theModule, options), createReferenceThread(options)];
  }

  verify(frame: Uint8Array): FrameResult[] {
    return this.#threads.map((thread) => thread.verifyLog(frame));
  }

  get clocks(): Timestamp[] {
    return this.#threads.map(({ clock: { epoch, counter } }) => ({ epoch, counter }));
  }

  /** Which slots are in use, as the monitors see it. */
  used(slots: number): boolean[][] {
    return this.#threads.map((thread) =>
      Array.from({ length: slots }, (_, slot) => thread.slot(slot) !== null),
    );
  }
}

const theModule = loadMonitorModule("bytes");
