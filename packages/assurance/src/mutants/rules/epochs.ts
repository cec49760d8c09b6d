// SPDX-License-Identifier: Apache-2.0
import { type RulePatches, source } from "./rule.ts";

const epochs = source("assembly/epochs.ts");
const aggregator = source("src/aggregator.ts");

/** Rules of committing and certifying epochs. */
export const EPOCHS: RulePatches = {
  "P.clock": [epochs.without("if (epochOf(clock) <= epoch) return fail(P_clock);")],
  // Both locks: the thread's, and the aggregate's.
  "P.once": [
    epochs.without("setLastVerified(epoch);"),
    epochs.without("if (BYTES) memory.fill(entryAt(epoch), 0, EPOCH_BYTES);"),
    aggregator.without("if (this.#expected[share.thread] !== share.epoch) return false;"),
  ],
  "T.ring": [
    epochs.change("return isOpen(entry, epoch) ? entry : 0;", "return entry;"),
    epochs.change("return inWindow(epoch) ? entryAt(epoch) : 0;", "return entryAt(epoch);"),
  ],
  "A.all": [
    aggregator.change(
      "epoch === null || epoch.receipts.size !== this.#options.threads",
      "epoch === null",
    ),
  ],
  "A.count": [aggregator.without('if (epoch.addCount !== epoch.evictCount) return "A.count";')],
  "A.hash": [aggregator.change('return difference === 0n ? null : "A.hash";', "return null;")],
  "A.prefix": [
    aggregator.change(
      "this.#mismatched = true;",
      "this.#next = number + 1; this.#open.finish(number); continue;",
    ),
  ],
  "A.poison": [
    aggregator.change("poison(): void {\n    this.#poisoned = true;", "poison(): void {"),
    aggregator.without("if (this.#poisoned) return false;"),
    aggregator.change("this.#poisoned = true;\n      return false;", "return false;"),
  ],
};
