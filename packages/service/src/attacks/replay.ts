// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { type Attack, isCallOf, type Lie } from "./lie.ts";

/**
 * The next read of the key is answered with an old answer, and its receipt with the old receipt: both genuine, certified, and of another request.
 * The host asks the question once itself, so that there is an old answer: nobody can forbid it to.
 */
export const replay: Attack = async ({ engine, history, add, aliasReceipt }, { key }) => {
  const argument = encodeKvArgument({ operation: "get", key });
  const requestId = randomBytes(16).toString("hex");
  await engine.execute([{ function: kvFunctionNumber("get"), argument, requestId }]);
  const lie: Lie & { done: boolean } = {
    done: false,
    after(call, answer) {
      if (call.requestId === null || !isCallOf(call, "get", key)) return answer;
      const old = history.earlierAnswer(key, answer);
      if (old === null || old.requestId === null) return answer;
      lie.done = true;
      aliasReceipt(call.requestId, old.requestId);
      return { ...old, requestId: call.requestId };
    },
  };
  add(lie);
  return "the next read of this key is answered with an old answer and its old receipt";
};
