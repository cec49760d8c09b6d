// SPDX-License-Identifier: Apache-2.0
import { encodeKvResult } from "@zeta/protocol/kv";
import { peek } from "@zeta/store/tampering";
import { THREAD } from "../instance.ts";
import { type Attack, isCallOf, type Lie } from "./lie.ts";

/** The next write of the key is acknowledged and never executed: its epoch is certified, and no receipt comes. */
export const drop: Attack = async ({ engine, add }, { key }) => {
  const lie: Lie & { done: boolean } = {
    done: false,
    instead(call) {
      if (!isCallOf(call, "put", key)) return null;
      lie.done = true;
      const { store } = engine.instance;
      const result = encodeKvResult({ existed: peek(store, key) !== null });
      return { requestId: call.requestId, epoch: store.epoch, thread: THREAD, result };
    },
  };
  add(lie);
  return "the next write of this key is acknowledged and never executed";
};
