// SPDX-License-Identifier: Apache-2.0
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import { honestLog } from "@zeta/monitor/test/support/honest-log";
import { MONITORS, monitorModule } from "@zeta/monitor/test/support/monitors";
import { encodeFrames } from "@zeta/monitor/test/support/mutate";
import { Random } from "@zeta/monitor/test/support/random";
import { runLog, TEST_KEY } from "@zeta/monitor/test/support/run-log";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { utf8 } from "@zeta/protocol/bytes";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import type { Profile } from "@zeta/protocol/profile";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "@zeta/store/placement-policy";
import { StoreWorker } from "@zeta/store/store-worker";
import { FOUND, GET, KV64_PLACEMENTS, Kv64Store, PUT } from "@zeta/store/wasm/kv64-store";
import { storeModule } from "@zeta/store/wasm/store-module";
import type { SeedResult } from "../seed-farm.ts";

/** One honest world: operations it ran, epochs that had to be certified and were, or what went wrong. */
interface World {
  readonly operations: number;
  readonly epochs: number;
  readonly failure: string | null;
}

const VALUE_MEMORY_BYTES = 4 << 20;
const TINY_SLOTS = [4, 5, 6, 8, 13, 40];
const POLICIES = [warmFor(0), warmFor(1), warmFor(2), MERKLE_ONLY, DEFERRED_ONLY];

function monitorOf(profile: Profile, slots: number): MonitorInstance {
  const module = monitorModule(profile);
  return createMonitorInstance({
    profile,
    threads: 1,
    slots,
    valueMemoryBytes: VALUE_MEMORY_BYTES,
    setHashKey: TEST_KEY,
    createThread: (options) => createWasmThread(module, options),
  });
}

/** A random host on 1 to 4 threads, with records that wander between them: the log alone, no store. */
function hostWorld(seed: number): World {
  const profile = seed % 2 === 0 ? "bytes" : "kv64";
  const log = honestLog(profile, seed);
  const shape = { ...log, valueMemoryBytes: VALUE_MEMORY_BYTES };
  const { results, max } = runLog(MONITORS.wasm(profile), shape, encodeFrames(log.frames, log));
  const refused = results.find(({ check }) => check !== null)?.check ?? null;
  const failure = refused ?? (max === log.epochs - 1 ? null : `certified ${max}`);
  const entries = log.frames.flatMap((frame) => frame.entries);
  const operations = entries.filter(({ type }) => type === "RunApp").length;
  return { operations, epochs: log.epochs, failure };
}

/** Feeds frames to a monitor until one is refused. */
class Reader {
  failure: string | null = null;
  readonly #monitor: MonitorInstance;

  constructor(monitor: MonitorInstance) {
    this.#monitor = monitor;
  }

  readonly read = (frame: Uint8Array): void => {
    const { check } = this.#monitor.verifyLog(0, frame);
    this.failure ??= check;
  };

  expectCertified(epoch: number): void {
    const certified = this.#monitor.maxCertifiedEpoch;
    if (certified !== epoch) this.failure ??= `expected epoch ${epoch} certified, got ${certified}`;
  }
}

/** The store in TypeScript, profile `bytes`. */
function bytesWorld(seed: number): World {
  const random = new Random(seed);
  const slots = random.pick(TINY_SLOTS);
  const policy = random.pick(POLICIES);
  const budget = 1 + random.below(8);
  const store = new StoreWorker({
    thread: 0,
    threads: 1,
    slots,
    valueMemoryBytes: VALUE_MEMORY_BYTES,
    policy,
  });
  const reader = new Reader(monitorOf("bytes", slots));
  let operations = 0;
  const step = () => {
    const key = utf8(`key${random.below(30)}`);
    const value = random.bytes(random.below(150));
    const operation = random.pick([
      { operation: "get", key } as const,
      { operation: "put", key, value } as const,
      { operation: "delete", key } as const,
    ]);
    const call = { function: kvFunctionNumber(operation.operation), requestId: random.bytes(16) };
    store.execute({ ...call, argument: encodeKvArgument(operation) });
    operations++;
  };
  const epochs = 2 + random.below(3);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = random.below(40); i > 0; i--) step();
    store.beginEpochClose();
    while (!store.continueEpochClose(budget)) if (random.oneIn(4)) step();
    for (const frame of store.drain()) reader.read(frame);
    reader.expectCertified(epoch);
  }
  return { operations, epochs, failure: reader.failure };
}

/** The store in WebAssembly, profile `kv64`; every answer is held against a map. */
function kv64World(seed: number): World {
  const random = new Random(seed);
  const slots = random.pick(TINY_SLOTS);
  const placement = random.pick(KV64_PLACEMENTS.filter((name) => name !== "unverified"));
  const store = new Kv64Store({ module: storeModule("kv64"), slots, recordsMax: 200, placement });
  const reader = new Reader(monitorOf("kv64", slots));
  const model = new Map<bigint, bigint>();
  const budget = 1 + random.below(8);
  let operations = 0;
  const step = () => {
    const { words, kinds } = store.batch;
    const [key, value] = [
      BigInt(random.below(40)) << BigInt(random.below(3)),
      BigInt(random.u32()),
    ];
    const isPut = random.oneIn(2);
    [words[0], words[1], kinds[0]] = [key, isPut ? value : 0n, isPut ? PUT : GET];
    store.run(1, reader.read);
    const before = model.get(key);
    if ((kinds[0] === FOUND) !== (before !== undefined)) reader.failure ??= "a wrong answer";
    if (!isPut && before !== undefined && words[1] !== before) reader.failure ??= "a wrong value";
    if (isPut) model.set(key, value);
    operations++;
  };
  const epochs = 2 + random.below(3);
  for (let i = 0; i < epochs; i++) {
    for (let n = random.below(40); n > 0; n--) step();
    const epoch = store.beginEpochClose();
    while (!store.continueEpochClose(budget, reader.read)) if (random.oneIn(4)) step();
    reader.expectCertified(epoch);
  }
  return { operations, epochs, failure: reader.failure };
}

const WORLDS = { host: hostWorld, bytes: bytesWorld, kv64: kv64World } as const;
const KINDS = ["host", "bytes", "kv64"] as const;

/** Runs the honest world of a seed, which must certify every epoch. */
export function tryWorld(seed: number): SeedResult {
  const kind = KINDS[seed % KINDS.length] ?? "host";
  const { operations, epochs, failure } = WORLDS[kind](Math.floor(seed / KINDS.length));
  const counts = { worlds: 1, [kind]: 1, operations, epochs };
  const repeat = `ZETA_SEED=${seed} ZETA_LOGS=1 npm run assure completeness`;
  return { counts, failure: failure && `seed ${seed}, ${kind}: ${failure}\n  repeat: ${repeat}` };
}
