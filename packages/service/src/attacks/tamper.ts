// SPDX-License-Identifier: Apache-2.0
import { overwriteValue, peek } from "@zeta/store/tampering";
import { type Attack, isCallOf, type Lie } from "./lie.ts";

/** The stored value is changed underneath just before the next read. The monitor finds out: at once by M.hash, or when the epoch closes by A.hash. */
export const tamper: Attack = async ({ engine, add }, { key }) => {
  const lie: Lie & { done: boolean } = {
    done: false,
    instead(call) {
      const { store } = engine.instance;
      const value = peek(store, key);
      if (value === null || !isCallOf(call, "get", key)) return null;
      overwriteValue(store, key, forged(value));
      lie.done = true;
      return null;
    },
  };
  add(lie);
  return "the stored value of this key is changed underneath just before its next read";
};

/** Another value of the same length, or of one byte if there was none. */
function forged(value: Uint8Array): Uint8Array {
  if (value.length === 0) return Uint8Array.of(0x21);
  const changed = value.slice();
  changed[0] = (changed[0] ?? 0) ^ 1;
  return changed;
}
