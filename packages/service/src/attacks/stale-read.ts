// SPDX-License-Identifier: Apache-2.0
import { encodeKvResult } from "@zeta/protocol/kv";
import { overwriteValue } from "@zeta/store/tampering";
import { type Attack, isCallOf, type Lie } from "./lie.ts";

/**
 * The next read of the key is answered with the value before. With an honest log nobody but the receipt gives it away: the leaf that the
 * client computes is not under the certified root. With a lying log the store itself goes back, and the monitor finds out.
 */
export const staleRead: Attack = async (context, target) => {
  const isHonest = target.mode === "honest-log";
  context.add(isHonest ? lieToClient(context, target) : lieToMonitor(context, target));
  return isHonest
    ? "the next read of this key is answered with the value before; the log stays honest"
    : "the store goes back to the value before just before the next read; log and answer agree";
};

function lieToClient(...[{ history }, { key }]: Parameters<Attack>): Lie {
  const lie: Lie & { done: boolean } = {
    done: false,
    after(call, answer) {
      const previous = isCallOf(call, "get", key) ? history.previousValue(key) : undefined;
      if (previous === undefined) return answer;
      lie.done = true;
      return { ...answer, result: encodeKvResult({ value: previous }) };
    },
  };
  return lie;
}

function lieToMonitor(...[{ engine, history }, { key }]: Parameters<Attack>): Lie {
  const lie: Lie & { done: boolean } = {
    done: false,
    instead(call) {
      const previous = isCallOf(call, "get", key) ? history.previousValue(key) : undefined;
      if (previous === undefined || previous === null) return null;
      lie.done = overwriteValue(engine.instance.store, key, previous) !== null;
      return null;
    },
  };
  return lie;
}
