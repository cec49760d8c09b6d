// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import type { BytesStore } from "./wasm/bytes-store.ts";
import type { HandedTop } from "./wasm/crown.ts";
import type { StoreShare } from "./wasm/share-out.ts";

/** A group's node at rest. */
export interface TopValue {
  readonly group: number;
  /** Merkle value, as in the log. */
  readonly value: Uint8Array;
}

/** The nodes of a worker's groups (`assembly/tops.ts`): out with the worker while calls run, home with thread 0 while the tree is at rest. */
export class Tops {
  readonly #store: BytesStore;
  readonly #share: StoreShare;
  #isHome: boolean;

  constructor(store: BytesStore, share: StoreShare, isHome: boolean) {
    this.#store = store;
    this.#share = share;
    this.#isHome = isHome;
  }

  assertHome(): void {
    assert(this.#isHome, "a tree at rest, whose nodes thread 0 has");
  }

  assertOut(): void {
    assert(!this.#isHome, "the nodes of this worker's groups, which thread 0 still has");
  }

  adopt(timeOf: (group: number) => bigint): void {
    this.assertHome();
    for (const { group } of this.#share.groups) this.#store.adopt(group, timeOf(group));
    this.#isHome = false;
  }

  handBack(): HandedTop[] {
    if (this.#isHome) return [];
    this.#isHome = true;
    const { thread } = this.#share;
    return this.values().map(({ group, value }) => {
      if (this.#store.exports.hasRoom() !== 1) this.#store.takeFrames();
      const time = BigInt.asUintN(64, this.#store.exports.handBack(group));
      return { group, value, time, thread };
    });
  }

  values(): TopValue[] {
    return this.#share.groups.map(({ group }) => ({
      group,
      value: this.#store.topValue(group),
    }));
  }
}
