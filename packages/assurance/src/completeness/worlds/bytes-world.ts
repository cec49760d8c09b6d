// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import {
  applyKvRecord,
  encodeKvArgument,
  encodeKvResult,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "@zeta/store/placement-policy";
import { StoreWorker } from "@zeta/store/store-worker";
import { KeyOwner } from "@zeta/store/wasm/key-owner";
import { shareOut } from "@zeta/store/wasm/share-out";
import { Reader, TINY_SLOTS, VALUE_MEMORY_BYTES, type World } from "../world.ts";

export const POLICIES = [warmFor(0), warmFor(1), warmFor(2), MERKLE_ONLY, DEFERRED_ONLY];

const WORKERS = [1, 1, 2, 3];

/** Stores of profile `bytes`, one or several with a share of the tree each, and the key-value service; every answer is held against a map. */
export function bytesWorld(seed: number): World {
  const random = new Random(seed);
  const plan = shareOut(random.pick(WORKERS), "bytes");
  const owners = new KeyOwner(plan);
  // A worker holds the nodes above its groups of keys as long as it lives.
  const held = Math.max(...plan.shares.map((share) => share?.groups.length ?? 0));
  const shape = { threads: plan.shares.length, slots: held + random.pick(TINY_SLOTS) };
  const options = { ...shape, valueMemoryBytes: VALUE_MEMORY_BYTES, policy: random.pick(POLICIES) };
  const stores = plan.shares.map(
    (share, thread) => new StoreWorker({ ...options, thread, ...(share && { share }) }),
  );
  const reader = new Reader({ ...shape, profile: "bytes" });
  if (stores.length > 1) reader.read(0, plan.prologue);
  const model = new Map<string, Uint8Array | null>();
  let operations = 0;
  const step = () => {
    const operation = anyOperation(random);
    const call = { function: kvFunctionNumber(operation.operation), requestId: random.bytes(16) };
    const store = stores[owners.of(operation.key)] as StoreWorker;
    const told = store.execute({ ...call, argument: encodeKvArgument(operation) });
    const name = toHex(operation.key);
    const { result, after } = applyKvRecord(operation, model.get(name) ?? null);
    if (!equalBytes(encodeKvResult(result), told.result)) reader.fail("a wrong answer");
    model.set(name, after);
    operations++;
  };
  const epochs = runEpochs(stores, reader, random, step);
  const counts = { severalThreads: stores.length > 1 ? 1 : 0 };
  return { operations, epochs, failure: reader.failure, counts };
}

function anyOperation(random: Random) {
  const key = utf8(`key${random.below(30)}`);
  const value = random.bytes(random.below(150));
  return random.pick([
    { operation: "get", key } as const,
    { operation: "put", key, value } as const,
    { operation: "delete", key } as const,
  ]);
}

/** Some epochs of work, with more of it while they are being closed; returns how many. */
export function runEpochs(
  stores: readonly StoreWorker[],
  reader: Reader,
  random: Random,
  step: () => void,
): number {
  const budget = 1 + random.below(8);
  const epochs = 2 + random.below(3);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = random.below(40); i > 0; i--) step();
    for (const store of stores) store.beginEpochClose();
    closeAll(stores, random, budget, step);
    for (const thread of random.shuffled([...stores.keys()])) {
      for (const frame of stores[thread]?.drain() ?? []) reader.read(thread, frame);
    }
    reader.expectCertified(epoch);
  }
  return epochs;
}

/** Each worker at its own pace. */
function closeAll(
  stores: readonly StoreWorker[],
  random: Random,
  budget: number,
  step: () => void,
): void {
  const open = new Set(stores);
  while (open.size > 0) {
    const store = random.pick([...open]);
    if (store.continueEpochClose(budget)) open.delete(store);
    else if (random.oneIn(4)) step();
  }
}
