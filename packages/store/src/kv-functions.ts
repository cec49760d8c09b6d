// SPDX-License-Identifier: Apache-2.0
import { applyKv, decodeKvArgument, encodeKvResult, KV_FUNCTIONS, kvKeys } from "@zeta/protocol/kv";
import { CALL_SLOTS_MAX } from "@zeta/protocol/limits";
import { ArrayCall } from "./array-call.ts";
import type { FunctionTable, ParsedCall } from "./function-table.ts";
import { TransactCall } from "./transact-call.ts";

function parseKv(functionNumber: number, argument: Uint8Array): ParsedCall {
  const operation = decodeKvArgument(functionNumber, argument);
  if (operation.operation === "transact") return new TransactCall(operation.items);
  return new ArrayCall(kvKeys(operation), (before) => {
    const { result, after } = applyKv(operation, before);
    return { result: encodeKvResult(result), values: after };
  });
}

/**
 * The built-in key-value service (docs/formats.md §2) as any other: get, put and delete of one record each, and transact. A store without
 * a table runs those of one record in WebAssembly (kv-batch.ts), which is faster; a test holds the two against each other.
 */
export const KV_FUNCTION_TABLE: FunctionTable = {
  recordsPerCallMax: CALL_SLOTS_MAX,
  recordsReserved: 1,
  functions: KV_FUNCTIONS.map((_, number) => (argument) => parseKv(number, argument)),
};
