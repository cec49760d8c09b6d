// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { GET, Kv64Store, PUT } from "../src/wasm/kv64-store.ts";
import { storeModule } from "./support/kv64-monitored.ts";

const SLOTS = 512;
const OFTEN = 400;
const RUN_APP_BYTES = 24;

/** Log bytes per operation beyond the call itself: nothing if its record is in a slot. */
function bytesOfMoving(store: Kv64Store, keys: readonly bigint[], kind: number): number {
  let logged = 0;
  for (const [i, key] of keys.entries()) {
    store.batch.words.set([key, 1n], 2 * i);
    store.batch.kinds[i] = kind;
  }
  store.run(keys.length, (frame) => {
    logged += frame.length;
  });
  return logged - RUN_APP_BYTES * keys.length;
}

const range = (from: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => BigInt(from + i));

test("what is used once does not drive out what is used often", () => {
  const store = new Kv64Store({ module: storeModule, slots: SLOTS, recordsMax: 100_000 });
  const often = range(0, OFTEN);
  for (let from = 0; from < 40_000; from += 4000) bytesOfMoving(store, range(from, 4000), PUT);
  for (let round = 0; round < 5; round++) bytesOfMoving(store, often, GET);
  expect(bytesOfMoving(store, often, GET)).toBe(0);

  // Ten times as many records as there are slots, each used once.
  for (let from = OFTEN; from < OFTEN + 10 * SLOTS; from += SLOTS) {
    expect(bytesOfMoving(store, range(from, SLOTS), GET)).toBeGreaterThan(0);
    bytesOfMoving(store, often, GET);
  }
  expect(bytesOfMoving(store, often, GET)).toBe(0);
});

test("what was used often and no longer is leaves in the end", () => {
  const store = new Kv64Store({ module: storeModule, slots: SLOTS, recordsMax: 100_000 });
  const [before, after] = [range(0, OFTEN), range(10_000, OFTEN)];
  for (let from = 0; from < 40_000; from += 4000) bytesOfMoving(store, range(from, 4000), PUT);
  for (let round = 0; round < 10; round++) bytesOfMoving(store, before, GET);
  for (let round = 0; round < 20; round++) bytesOfMoving(store, after, GET);
  expect(bytesOfMoving(store, after, GET)).toBe(0);
  expect(bytesOfMoving(store, before, GET)).toBeGreaterThan(0);
});
