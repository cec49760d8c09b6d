// SPDX-License-Identifier: Apache-2.0
import type { RestRule } from "@zeta/monitor/test/attacks/checkpoint-attacks";
import type { Patch } from "../../monitors/wasm-build.ts";
import { source } from "./rule.ts";

const atRest = source("src/at-rest.ts");
const continuation = source("src/continuation.ts");
const epochs = source("assembly/epochs.ts");
const notary = source("src/notary.ts");

/** Rules of making a checkpoint. */
export const REST: Readonly<Record<RestRule, Patch>> = {
  "rest.slots": atRest.change("thread.slot(slot) !== null", "false"),
  "rest.clock": atRest.without("checkClock(thread, epoch);"),
  "rest.added": epochs.without("if (load<u64>(entry + EPOCH_ADD, ACCUMULATOR_COUNT)) return true;"),
  "rest.evicted": epochs.without(
    "if (load<u64>(entry + EPOCH_EVICT, ACCUMULATOR_COUNT)) return true;",
  ),
  "rest.calls": epochs.without("if (load<u64>(OPERATIONS + (i << 3))) return true;"),
  "rest.failed": atRest.change("if (thread.failed)", "if (false)"),
  "rest.violation": notary.change(
    "if (this.#violation !== null) {\n      throw",
    "if (this.#violation === undefined) {\n      throw",
  ),
};

/** Rules of going on from one. */
export const CONTINUES = {
  "continues.root": continuation.without("checkRoot(root, checkpoint.root);"),
  "continues.service": continuation.change("checkpoint.serviceId !== serviceId", "false"),
  "continues.profile": continuation.change("checkpoint.profile !== profile", "false"),
  "continues.epoch": continuation.change("epoch > FIRST_EPOCH_MAX", "false"),
} as const satisfies Readonly<Record<string, Patch>>;
