// SPDX-License-Identifier: Apache-2.0
import {
  applyKv,
  decodeKvArgument,
  encodeKvResult,
  KV_RECORD_FUNCTIONS,
  kvKeys,
} from "@zeta/protocol/kv";
import { ArrayCall } from "./array-call.ts";
import type { FunctionTable, ParsedCall } from "./function-table.ts";

function parseKv(functionNumber: number, argument: Uint8Array): ParsedCall {
  const operation = decodeKvArgument(functionNumber, argument);
  return new ArrayCall(kvKeys(operation), (before) => {
    const { result, after } = applyKv(operation, before);
    return { result: encodeKvResult(result), values: after };
  });
}

/**
 * The built-in key-value service (docs/formats.md §2) as any other: get, put, delete, of one record each. A store without a table runs the
 * same calls in WebAssembly (kv-batch.ts), which is faster; a test holds the two against each other.
 */
export const KV_FUNCTION_TABLE: FunctionTable = {
  recordsPerCallMax: 1,
  functions: KV_RECORD_FUNCTIONS.map((_, number) => (argument) => parseKv(number, argument)),
};
