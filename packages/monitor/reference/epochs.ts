// SPDX-License-Identifier: Apache-2.0
import { ROOT } from "@zeta/protocol/base-key";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import { firstOpen } from "./open-epochs.ts";
import { receiptsRoot } from "./receipts.ts";
import { demand } from "./rules.ts";
import { ELEMENTS_MAX, type Element, type SetSum, singleton, sumOf } from "./set-hash.ts";
import type { ThreadState } from "./state.ts";

/**
 * Puts an element into the add or evict multiset of an epoch, both of them checks of their own:
 * T.ring and H.count.
 */
export function addElement(
  state: ThreadState,
  set: "add" | "evict",
  epoch: number,
  element: Element,
): void {
  const { rules, options } = state;
  const memory = state.epochs.at(epoch, state.lastVerified);
  demand("T.ring", memory !== null);
  const one = singleton(element, options.profile, options.setHashKey, rules);
  const sum = sumOf(memory[set], one, rules);
  rules.check("H.count", sum.count <= ELEMENTS_MAX[options.profile]);
  memory[set] = sum;
}

/** §4.6 NextEpoch: the thread's clock enters the next epoch. */
export function nextEpoch(state: ThreadState): void {
  state.rules.check("C.ovf", state.clock.epoch < EPOCH_MAX);
  state.clock = { epoch: state.clock.epoch + 1, counter: 0 };
  state.lastEvicted = ROOT;
}

/** §4.7 VerifyEpoch: the thread commits its share of the next uncommitted epoch. */
export function verifyEpoch(state: ThreadState): void {
  const { rules, options } = state;
  const epoch = firstOpen(state.lastVerified);
  rules.check("C.ovf", epoch <= EPOCH_MAX);
  rules.check("P.clock", state.clock.epoch !== epoch);
  const memory = state.epochs.at(epoch, state.lastVerified);
  demand("T.ring", memory !== null);
  const calls = state.epochs.calls(epoch);
  const accepted = options.contribute({
    thread: options.id,
    epoch,
    add: laneBytes(memory.add),
    addCount: memory.add.count,
    evict: laneBytes(memory.evict),
    evictCount: memory.evict.count,
    operations: calls.operations,
    leafCount: BigInt(calls.leaves.length),
    receiptsRoot: receiptsRoot(calls.leaves),
  });
  demand("T.ring", accepted);
  state.lastVerified = epoch;
}

function laneBytes(sum: SetSum): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (const [i, lane] of sum.lanes.entries()) view.setBigUint64(8 * i, lane, true);
  return bytes;
}
