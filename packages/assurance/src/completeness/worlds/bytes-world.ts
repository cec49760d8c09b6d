// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { applyKv, encodeKvArgument, encodeKvResult, kvFunctionNumber } from "@zeta/protocol/kv";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "@zeta/store/placement-policy";
import { StoreWorker } from "@zeta/store/store-worker";
import { Reader, TINY_SLOTS, VALUE_MEMORY_BYTES, type World } from "../world.ts";

export const POLICIES = [warmFor(0), warmFor(1), warmFor(2), MERKLE_ONLY, DEFERRED_ONLY];

/** The store of profile `bytes` with the key-value service; every answer is held against a map. */
export function bytesWorld(seed: number): World {
  const random = new Random(seed);
  const shape = { threads: 1, slots: random.pick(TINY_SLOTS) };
  const policy = random.pick(POLICIES);
  const store = new StoreWorker({
    ...{ ...shape, thread: 0 },
    ...{ valueMemoryBytes: VALUE_MEMORY_BYTES, policy },
  });
  const reader = new Reader({ ...shape, profile: "bytes" });
  const model = new Map<string, Uint8Array | null>();
  let operations = 0;
  const step = () => {
    const operation = anyOperation(random);
    const call = { function: kvFunctionNumber(operation.operation), requestId: random.bytes(16) };
    const told = store.execute({ ...call, argument: encodeKvArgument(operation) });
    const name = toHex(operation.key);
    const { result, after } = applyKv(operation, model.get(name) ?? null);
    if (!equalBytes(encodeKvResult(result), told.result)) reader.fail("a wrong answer");
    model.set(name, after);
    operations++;
  };
  const epochs = runEpochs(store, reader, random, step);
  return { operations, epochs, failure: reader.failure };
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
  store: StoreWorker,
  reader: Reader,
  random: Random,
  step: () => void,
): number {
  const budget = 1 + random.below(8);
  const epochs = 2 + random.below(3);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = random.below(40); i > 0; i--) step();
    store.beginEpochClose();
    while (!store.continueEpochClose(budget)) if (random.oneIn(4)) step();
    for (const frame of store.drain()) reader.read(0, frame);
    reader.expectCertified(epoch);
  }
  return epochs;
}
