// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { encodeKvArgument } from "@zeta/protocol/kv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOANS_MAX } from "../src/lender.ts";
import type { Loan } from "../src/loan.ts";
import { MERKLE_ONLY, warmFor } from "../src/placement-policy.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { shareOut } from "../src/wasm/share-out.ts";
import { MonitoredWorkers } from "./support/monitored-workers.ts";
import { Random } from "./support/random.ts";
import { BEGIN, balanceOf, TRANSFERS, transferOf } from "./support/transfers.ts";

/** One call's records, what a store needs besides, and the most groups that one of these workers owns. */
const SLOTS_LEAST = 16 + 3 + 22;
const VALUE_MEMORY = 16 << 20;

function bank(threads: number, more: { epochCounterMax?: number; merkle?: boolean } = {}) {
  const { merkle = false, ...rest } = more;
  const policy = merkle ? MERKLE_ONLY : warmFor(1);
  const shape = { threads, slots: SLOTS_LEAST, valueMemoryBytes: VALUE_MEMORY, policy, ...rest };
  return new MonitoredWorkers({ ...shape, recordsMax: 1000 }, TRANSFERS);
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return error.code;
  }
}

/** Two accounts of different workers; the first one's worker will run their calls. */
function strangers(workers: MonitoredWorkers): [string, string] {
  const owner = (name: string) => workers.owners.of(utf8(name));
  const names = Array.from({ length: 50 }, (_, i) => `a${i}`);
  const other = names.find((name) => owner(name) !== owner("a0"));
  return ["a0", other!];
}

describe("several workers", () => {
  it.each([2, 3, 8])("%d workers certify a key-value service together", (threads) => {
    const shape = { threads, slots: 64, valueMemoryBytes: 1 << 20, recordsMax: 500 };
    const workers = new MonitoredWorkers(shape, null);
    const random = new Random(threads);
    const model = new Map<string, number>();
    for (let epoch = 0; epoch < 5; epoch++) {
      for (let i = 0; i < 200; i++) {
        const key = utf8(`k${random.below(300)}`);
        const value = Uint8Array.of(random.below(256));
        const name = String(key);
        if (random.below(2) === 0) {
          workers.run(1, encodeKvArgument({ operation: "put", key, value }), key);
          model.set(name, value[0]!);
        } else {
          const got = workers.run(0, encodeKvArgument({ operation: "get", key }), key);
          expect(got[1]).toBe(model.get(name));
        }
      }
      workers.beginEpochClose();
      while (!workers.continueEpochClose(50));
      expect(workers.feed()).toBe(null);
      expect(workers.certified).toBe(epoch);
    }
    for (const { recordCount } of workers.stores) expect(recordCount).toBeGreaterThan(0);
  });

  it("refuse a key of another, and log nothing", () => {
    const shape = { threads: 2, slots: 64, valueMemoryBytes: 1 << 20 };
    const workers = new MonitoredWorkers(shape, null);
    expect(workers.feed()).toBe(null);
    const key = utf8("alice");
    const stranger = workers.stores[1 - workers.owners.of(key)]!;
    const argument = encodeKvArgument({ operation: "get", key });
    const call = { function: 0, argument, requestId: null };
    expect(codeOf(() => stranger.execute(call))).toBe("foreign_key");
    expect(codeOf(() => stranger.lend([key]))).toBe("foreign_key");
    expect(stranger.pendingBytes).toBe(0);
    expect(stranger.recordCount).toBe(0);
  });

  it("need a share each, and slots for the nodes of it", () => {
    const [, share] = shareOut(2, "bytes").shares;
    const options = { thread: 1, threads: 2, valueMemoryBytes: 1 << 20 };
    expect(() => new StoreWorker(options)).toThrow("the share of thread 1");
    expect(() => new StoreWorker({ ...options, thread: 0, share: share! })).toThrow("the share");
    expect(() => new StoreWorker({ ...options, thread: 2 })).toThrow("a thread below 2");
    expect(() => new StoreWorker({ ...options, share: share!, slots: 19 })).toThrow(
      "slots: expected a whole number from 20 to 65535",
    );
    expect(() => new StoreWorker({ ...options, share: share!, slots: 20 })).not.toThrow();
  });

  it("end no epoch by themselves", () => {
    const workers = bank(2, { epochCounterMax: 40 });
    const random = new Random(3);
    for (let i = 0; i < 40; i++) {
      workers.run(0, transferOf(0, [`a${random.below(30)}`, `b${random.below(30)}`]));
    }
    expect(workers.stores.some(({ isEpochDue }) => isEpochDue)).toBe(true);
    expect(workers.stores.map(({ epoch }) => epoch)).toEqual([0, 0]);
    workers.beginEpochClose();
    while (!workers.continueEpochClose(10));
    expect(workers.feed()).toBe(null);
    expect(workers.certified).toBe(0);
  });
});

const TRANSFER = fc.record({
  kind: fc.constant("transfer" as const),
  amount: fc.nat(60),
  accounts: fc.uniqueArray(fc.nat(29), { minLength: 1, maxLength: 5 }),
});
const STEP = fc.oneof(
  { weight: 20, arbitrary: TRANSFER },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("begin" as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("continue" as const) }) },
);

describe("calls over records of several workers", () => {
  it("are certified, and move no money but what they say", () => {
    const world = fc.record({
      threads: fc.integer({ min: 2, max: 4 }),
      merkle: fc.boolean(),
      steps: fc.array(STEP, { minLength: 20, maxLength: 120 }),
    });
    fc.assert(
      fc.property(world, ({ threads, merkle, steps }) => {
        const workers = bank(threads, { merkle });
        const model = new Map<string, number>();
        const balance = (name: string) => model.get(name) ?? BEGIN;
        for (const step of steps) {
          if (step.kind === "continue") workers.continueEpochClose(3);
          else if (step.kind === "begin") {
            while (!workers.continueEpochClose(100));
            workers.beginEpochClose();
          } else {
            const names = step.accounts.map((account) => `a${account}`);
            const [first, ...others] = names as [string, ...string[]];
            const left = balance(first) - step.amount * others.length;
            const run = () => workers.run(0, transferOf(step.amount, names));
            if (left < 0) expect(codeOf(run)).toBe("R.fail");
            else {
              expect(run()[0]).toBe(left & 0xff);
              model.set(first, left);
              for (const name of others) model.set(name, balance(name) + step.amount);
            }
          }
          expect(workers.feed()).toBe(null);
        }
        while (!workers.continueEpochClose(100));
        const epoch = workers.beginEpochClose();
        while (!workers.continueEpochClose(100));
        expect(workers.feed()).toBe(null);
        expect(workers.certified).toBe(epoch);
      }),
      { seed: 20261121, numRuns: 30 },
    );
  });

  it("lend no more than the limit, and everything comes back", () => {
    const workers = bank(2);
    const store = workers.stores[0]!;
    const own = Array.from({ length: 400 }, (_, i) => utf8(`k${i}`)).filter(
      (key) => workers.owners.of(key) === 0,
    );
    expect(codeOf(() => store.lend(own.slice(0, LOANS_MAX + 1)))).toBe("assertion");
    const loans = store.lend(own.slice(0, LOANS_MAX));
    expect(codeOf(() => store.beginEpochClose())).toBe("assertion");
    expect(codeOf(() => store.execute({ ...CALL, argument: transferOf(0, ["a"]) }))).toBe(
      "assertion",
    );
    expect(codeOf(() => store.takeBack(loans.slice(1)))).toBe("assertion");
    store.takeBack(loans);
    workers.beginEpochClose();
    while (!workers.continueEpochClose(10));
    expect(workers.feed()).toBe(null);
    expect(workers.certified).toBe(0);
  });

  it("a full store lends nothing of what it cannot lend whole", () => {
    const workers = new MonitoredWorkers(
      { threads: 2, slots: SLOTS_LEAST, valueMemoryBytes: VALUE_MEMORY, recordsMax: 2 },
      TRANSFERS,
    );
    const own = Array.from({ length: 20 }, (_, i) => utf8(`k${i}`)).filter(
      (key) => workers.owners.of(key) === 0,
    );
    const store = workers.stores[0]!;
    expect(codeOf(() => store.lend(own.slice(0, 3)))).toBe("store_full");
    store.takeBack(store.lend(own.slice(0, 2)));
    workers.beginEpochClose();
    while (!workers.continueEpochClose(10));
    expect(workers.feed()).toBe(null);
    expect(workers.certified).toBe(0);
  });
});

const CALL = { function: 0, requestId: null };

describe("a host that lies about what it lends", () => {
  /** A transfer between strangers, with `lie` between borrower and owner; then the epoch ends. */
  function caught(lie: (workers: MonitoredWorkers, call: (pass: Pass) => void) => void) {
    const workers = bank(2);
    const names = strangers(workers);
    const argument = transferOf(5, names);
    const keys = names.map((name) => utf8(name));
    lie(workers, (pass) => workers.runLent({ ...CALL, argument }, keys, pass));
    workers.beginEpochClose();
    while (!workers.continueEpochClose(10));
    const check = workers.feed();
    return { check, event: workers.events.at(-1), certified: workers.certified };
  }
  type Pass = (loans: Loan[]) => readonly Loan[];

  it("the truth passes", () => {
    const { check, certified } = caught((_, call) => call((loans) => loans));
    expect({ check, certified }).toEqual({ check: null, certified: 0 });
  });

  it.each<[string, Pass]>([
    [
      "another value comes back",
      (loans) => loans.map((loan) => ({ ...loan, value: Uint8Array.of(0, 0, 255, 255) })),
    ],
    ["nothing comes back", (loans) => loans.map((loan) => ({ ...loan, value: null }))],
    ["another time", (loans) => loans.map((loan) => ({ ...loan, time: loan.time + 1n }))],
    ["another thread", (loans) => loans.map((loan) => ({ ...loan, thread: 1 - loan.thread }))],
  ])("%s", (_, pass) => {
    const { check, event, certified } = caught((_workers, call) => call(pass));
    expect(check).toBe(null);
    expect(event).toEqual({ kind: "mismatch", epoch: 0, check: "A.hash" });
    expect(certified).toBe(null);
  });

  it("the borrower is lent another value than the owner had", () => {
    const { event } = caught((workers, call) => {
      const lender = workers.stores[1 - workers.owners.of(utf8("a0"))]!;
      const honest = lender.lend.bind(lender);
      lender.lend = (keys) => honest(keys).map((loan) => ({ ...loan, value: new Uint8Array(9) }));
      call((loans) => loans);
    });
    expect(event).toEqual({ kind: "mismatch", epoch: 0, check: "A.hash" });
  });

  it("both keep the record: the owner goes on with what it had lent", () => {
    const { event } = caught((workers, call) => {
      const lender = workers.stores[1 - workers.owners.of(utf8("a0"))]!;
      const honest = lender.lend.bind(lender);
      let lent: Loan[] = [];
      lender.lend = (keys) => {
        lent = honest(keys);
        return lent;
      };
      call((loans) => {
        expect(balanceOf(loans[0]!.value)).toBe(BEGIN + 5);
        return lent;
      });
    });
    expect(event).toEqual({ kind: "mismatch", epoch: 0, check: "A.hash" });
  });

  it("the record comes back twice", () => {
    const { event } = caught((workers, call) => {
      const [, name] = strangers(workers);
      const { wasm } = workers.stores[workers.owners.of(utf8(name))]!;
      let returned: readonly Loan[] = [];
      call((loans) => {
        returned = loans;
        return loans;
      });
      const [{ key, time, thread }] = returned as [Loan];
      const at = wasm.exports.requestsAddress();
      wasm.view.setUint32(at, key.length, true);
      wasm.memory.set(key, at + 4);
      wasm.exports.lookUp(1);
      wasm.exports.takeBack(0, time, thread);
    });
    expect(event).toEqual({ kind: "mismatch", epoch: 0, check: "A.count" });
  });
});
