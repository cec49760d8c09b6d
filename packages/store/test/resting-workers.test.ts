// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { decodeKvResult, encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { describe, expect, it } from "vitest";
import { Random } from "./support/random.ts";
import { NOTHING, type Rested, RestingWorkers } from "./support/resting-workers.ts";

const PUT = kvFunctionNumber("put");
const GET = kvFunctionNumber("get");

function put(workers: RestingWorkers, name: string, value: Uint8Array): void {
  const key = utf8(name);
  workers.run(PUT, encodeKvArgument({ operation: "put", key, value }), key);
}

function get(workers: RestingWorkers, name: string): Uint8Array | null {
  const key = utf8(name);
  const result = workers.run(GET, encodeKvArgument({ operation: "get", key }), key);
  const told = decodeKvResult("get", result);
  return "value" in told ? told.value : null;
}

/** Some calls in two epochs, with the answers that they should have. */
function operate(workers: RestingWorkers, random: Random, model: Map<string, Uint8Array>): void {
  for (let i = 0; i < 80; i++) {
    const name = `key ${Math.floor(random.real() ** 2 * 150)}`;
    if (random.below(3) === 0) expect(get(workers, name)).toEqual(model.get(name) ?? null);
    else {
      const value = random.bytes(random.below(150));
      put(workers, name, value);
      model.set(name, value);
    }
    if (i === 40) workers.closeEpoch();
  }
}

describe("several workers whose tree is brought to rest", () => {
  for (const [lives, kind, seed] of [
    [[2, 2, 1, 2], "wasm", 1],
    [[3, 2, 5, 1, 9, 3], "wasm", 2],
    [[1, 4, 1], "reference", 3],
    [[2, 64, 7, 1, 64], "wasm", 4],
  ] as const) {
    it(`go on with as many as one likes: ${lives.join(", ")}, seed ${seed}`, () => {
      const random = new Random(seed);
      const model = new Map<string, Uint8Array>();
      let rested: Rested = NOTHING;
      for (const threads of lives) {
        const workers = new RestingWorkers(threads, rested, kind);
        expect(toHex(workers.rootValue)).toBe(toHex(rested.rootValue));
        // What was never touched: the state is the same in the next epoch.
        workers.seal();
        expect(toHex(workers.rest().rootValue)).toBe(toHex(rested.rootValue));
        workers.handOut();
        operate(workers, random, model);
        workers.seal();
        rested = workers.rest();
        workers.handOut();
        operate(workers, random, model);
        workers.seal();
        rested = workers.rest();
        expect(rested.records.length).toBeGreaterThanOrEqual(model.size);
      }
    });
  }

  it("have the root that one worker comes to in the same tree", () => {
    const fill = (workers: RestingWorkers) => {
      for (let i = 0; i < 40; i++) put(workers, `key ${i}`, utf8(`value ${i}`));
      workers.seal();
      return workers.rest();
    };
    const empty = new RestingWorkers(3, NOTHING);
    empty.handOut();
    empty.seal();
    const made = empty.rest();
    expect(toHex(made.rootValue)).not.toBe(toHex(NOTHING.rootValue));
    empty.handOut();
    const several = fill(empty);
    const one = fill(new RestingWorkers(1, made));
    expect(toHex(several.rootValue)).toBe(toHex(one.rootValue));
    const ids = [several, one].map(({ records }) => records.map(({ digest }) => toHex(digest)));
    expect(ids[0]!.sort()).toEqual(ids[1]!.sort());
  });
});

describe("what is not as it should be", () => {
  it("a top that a worker keeps for itself is missing in the sums", () => {
    const workers = new RestingWorkers(2, NOTHING);
    workers.handOut();
    put(workers, "a", utf8("1"));
    const old = workers.stores.flatMap((store) => [...store.topValues()]);
    put(workers, "a", utf8("2"));
    // The host puts another value of the node, an older one, into the tree than the worker evicted.
    workers.seal((tops) => tops.map((top, i) => ({ ...top, value: old[i]!.value })));
    expect(workers.monitor.maxCertifiedEpoch).toBe(null);
    expect(() => workers.rest()).toThrow("expected a certified epoch");
  });

  it("a store runs no calls while thread 0 has its nodes", () => {
    const workers = new RestingWorkers(2, NOTHING);
    expect(() => put(workers, "a", utf8("1"))).toThrow("which thread 0 still has");
    workers.handOut();
    put(workers, "a", utf8("1"));
    workers.seal();
    expect(() => put(workers, "a", utf8("1"))).toThrow("which thread 0 still has");
  });

  it("records that were left out have another root", () => {
    const workers = new RestingWorkers(2, NOTHING);
    workers.handOut();
    for (let i = 0; i < 10; i++) put(workers, `key ${i}`, utf8("1"));
    workers.seal();
    const rested = workers.rest();
    const other = new RestingWorkers(3, { ...rested, records: [] });
    expect(toHex(other.rootValue)).not.toBe(toHex(rested.rootValue));
  });
});
