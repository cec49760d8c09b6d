// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import {
  FOUND,
  GET,
  KV64_PLACEMENTS,
  Kv64Store,
  PUT,
  SLOTS_MIN,
  type WarmthPolicy,
} from "@zeta/store/wasm/kv64-store";
import { type ShareOut, shareOut } from "@zeta/store/wasm/share-out";
import { storeModule } from "@zeta/store/wasm/store-module";
import { Reader, TINY_SLOTS, type World } from "../world.ts";

const WORKERS = [1, 1, 2, 3, 4];
const RECORDS_MAX = 200;
/** So short that within a few epochs records cool down and become warm again; and few demotions, so that some must wait. */
const WARMTHS: readonly WarmthPolicy[] = [
  { recordEpochs: 0, nodeEpochs: 0, demotionsMax: 1000 },
  { recordEpochs: 1, nodeEpochs: 0, demotionsMax: 1000 },
  { recordEpochs: 1, nodeEpochs: 1, demotionsMax: 3 },
  { recordEpochs: 2, nodeEpochs: 1, demotionsMax: 1000, roundMax: 2 },
  { recordEpochs: 64, nodeEpochs: 2, demotionsMax: 1000 },
];
const PLACEMENTS = KV64_PLACEMENTS.filter((name) => name !== "unverified");

/** Stores of profile `kv64`, one or several, each with its share of the tree; every answer is held against a map. */
export function kv64World(seed: number): World {
  return new Kv64World(seed).run();
}

class Kv64World {
  readonly #random: Random;
  readonly #plan: ShareOut;
  readonly #stores: readonly Kv64Store[];
  readonly #reader: Reader;
  readonly #model = new Map<bigint, bigint>();
  #operations = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#plan = shareOut(this.#random.pick(WORKERS), "kv64");
    const { shares, prologue } = this.#plan;
    // A worker holds the nodes above its groups of keys as long as it lives.
    const held = Math.max(...shares.map((share) => share?.groups.length ?? 0));
    const slots = held + this.#random.pick(TINY_SLOTS) - 4 + SLOTS_MIN;
    const placement = this.#random.pick(PLACEMENTS);
    this.#reader = new Reader({ profile: "kv64", threads: shares.length, slots });
    if (shares.length > 1) this.#reader.read(0, prologue);
    const warmth = this.#random.pick(WARMTHS);
    const options = {
      module: storeModule("kv64"),
      slots,
      recordsMax: RECORDS_MAX,
      placement,
      warmth,
    };
    this.#stores = shares.map((share) => new Kv64Store({ ...options, ...(share && { share }) }));
  }

  run(): World {
    const random = this.#random;
    const epochs = 2 + random.below(3);
    for (let i = 0; i < epochs; i++) {
      for (let n = random.below(40); n > 0; n--) this.#step();
      this.#closeEpoch(1 + random.below(8));
    }
    const counts = { severalThreads: this.#stores.length > 1 ? 1 : 0 };
    return { operations: this.#operations, epochs, failure: this.#reader.failure, counts };
  }

  #step(): void {
    const random = this.#random;
    const key = BigInt(random.below(40)) << BigInt(random.below(3));
    const value = random.oneIn(2) ? BigInt(random.u32()) : null;
    const owner = this.#plan.ownerOf(Number(key));
    const store = this.#stores[owner] as Kv64Store;
    const { words, kinds } = store.batch;
    [words[0], words[1], kinds[0]] = [key, value ?? 0n, value === null ? GET : PUT];
    store.run(1, (frame) => this.#reader.read(owner, frame));
    const before = this.#model.get(key);
    if ((kinds[0] === FOUND) !== (before !== undefined)) this.#reader.fail("a wrong answer");
    if (value !== null) this.#model.set(key, value);
    else if (before !== undefined && words[1] !== before) this.#reader.fail("a wrong value");
    this.#operations++;
  }

  /** All workers close the epoch at their own pace, and some work goes on meanwhile. */
  #closeEpoch(budget: number): void {
    const random = this.#random;
    const [epoch = 0] = this.#stores.map((store) => store.beginEpochClose());
    const open = new Set(this.#stores.keys());
    while (open.size > 0) {
      const thread = random.pick([...open]);
      const store = this.#stores[thread] as Kv64Store;
      const done = store.continueEpochClose(budget, (frame) => this.#reader.read(thread, frame));
      if (done) open.delete(thread);
      else if (random.oneIn(4)) this.#step();
    }
    this.#reader.expectCertified(epoch);
  }
}
