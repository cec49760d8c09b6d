// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { anyTransaction } from "@zeta/monitor/test/support/transactions";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import {
  applyKv,
  encodeKvArgument,
  encodeKvResult,
  kvFunctionNumber,
  kvKeys,
} from "@zeta/protocol/kv";
import type { KvTransact } from "@zeta/protocol/kv-transact";
import { type Loan, Loans } from "@zeta/store/loan";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "@zeta/store/placement-policy";
import type { StoreCall } from "@zeta/store/store-call";
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
  const read = (key: Uint8Array) => model.get(toHex(key)) ?? null;
  let operations = 0;
  let refused = 0;
  const step = () => {
    const operation = random.oneIn(4) ? anyTransact(random, read) : anyOperation(random);
    const call = {
      function: kvFunctionNumber(operation.operation),
      requestId: random.bytes(16),
      argument: encodeKvArgument(operation),
    };
    const keys = kvKeys(operation);
    const before = keys.map(read);
    const { result, after } = applyKv(operation, before);
    const told = runLending(stores, owners, call, keys);
    if (told === null) {
      refused++;
      return;
    }
    if (!equalBytes(encodeKvResult(result), told)) reader.fail("a wrong answer");
    for (const [i, key] of keys.entries()) model.set(toHex(key), after[i] ?? null);
    operations++;
  };
  const epochs = runEpochs(stores, reader, random, step);
  const counts = { severalThreads: stores.length > 1 ? 1 : 0, tooLarge: refused };
  return { operations, epochs, failure: reader.failure, counts };
}

const KEYS = Array.from({ length: 30 }, (_, i) => utf8(`key${i}`));

/** Over up to five records: more than the smallest tables hold. */
function anyTransact(random: Random, read: (key: Uint8Array) => Uint8Array | null): KvTransact {
  const value = () => random.bytes(random.below(150));
  return anyTransaction(random, { keys: KEYS, read, value }, 5);
}

/**
 * Runs a call at the owner of its first key; the others lend theirs. Null: the table of slots is smaller than the call.
 */
function runLending(
  stores: readonly StoreWorker[],
  owners: KeyOwner,
  call: StoreCall,
  keys: readonly Uint8Array[],
): Uint8Array | null {
  const [first, ...others] = [...new Set(keys.map((key) => owners.of(key)))];
  const storeOf = (owner: number | undefined) => stores[owner ?? 0] as StoreWorker;
  if (others.length === 0) return resultOrNull(() => storeOf(first).execute(call).result);
  const lent = others.map((owner) => {
    return { owner, loans: storeOf(owner).lend(keys.filter((key) => owners.of(key) === owner)) };
  });
  const loans = new Loans(lent.flatMap(({ loans: some }) => some));
  const result = resultOrNull(() => storeOf(first).executeBorrowing(call, loans).result);
  for (const { owner, loans: some } of lent) {
    storeOf(owner).takeBack(some.map(({ key }) => loans.get(key) as Loan));
  }
  return result;
}

function resultOrNull(run: () => Uint8Array): Uint8Array | null {
  try {
    return run();
  } catch (error) {
    if (isZetaError(error, "store_full")) return null;
    throw error;
  }
}

function anyOperation(random: Random) {
  const key = random.pick(KEYS);
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
