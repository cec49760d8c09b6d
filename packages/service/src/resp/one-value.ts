// SPDX-License-Identifier: Apache-2.0
import { decodeKvResult, kvFunctionNumber } from "@zeta/protocol/kv";
import type { DataRun, WholeCall } from "./command.ts";
import type { ReplyWriter } from "./reply-writer.ts";

/** Answers by the value of a key, null where there is none. What it throws is the answer. */
export type TellValue = (writer: ReplyWriter, value: Uint8Array | null) => void;

/** A command that needs the value of one key and changes nothing. */
export function tellOneValue(key: Buffer, tell: TellValue): DataRun {
  let value: Uint8Array | null = null;
  return {
    whole: getCall(key, tell),
    parts: [
      {
        reads: [key],
        apply(view) {
          value = view.get(key);
        },
      },
    ],
    reply: (writer) => tell(writer, value),
  };
}

/** The same as one call of the service. */
export function getCall(key: Buffer, reply: TellValue): WholeCall {
  return {
    function: kvFunctionNumber("get"),
    argument: key,
    reply(writer, result) {
      const told = decodeKvResult("get", result);
      reply(writer, "value" in told ? told.value : null);
    },
  };
}
