// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import {
  applyKv,
  decodeKvArgument,
  encodeKvResult,
  KV_FUNCTIONS,
  type KvResult,
} from "@zeta/protocol/kv";
import { ByteSlab } from "./byte-slab.ts";
import type { FunctionOutcome, FunctionTable, ParsedCall } from "./function-table.ts";

const slab = new ByteSlab();

/** As {@link encodeKvResult} of a value read, which is most of what a store allocates. */
function encodeResult(result: KvResult): Uint8Array {
  if ("existed" in result || result.value === null) return encodeKvResult(result);
  const bytes = slab.take(1 + result.value.length);
  bytes[0] = 1;
  bytes.set(result.value, 1);
  return bytes;
}

function parseKv(functionNumber: number, argument: Uint8Array): ParsedCall {
  const operation = decodeKvArgument(functionNumber, argument);
  return {
    keys: [operation.key],
    apply([before]): FunctionOutcome {
      assert(before !== undefined, "the value of one record");
      const { result, after } = applyKv(operation, before);
      return { result: encodeResult(result), values: [after] };
    },
  };
}

/** The built-in key-value service (docs/formats.md §2): get, put, delete, of one record each. */
export const KV_FUNCTION_TABLE: FunctionTable = {
  recordsPerCallMax: 1,
  functions: KV_FUNCTIONS.map((_, number) => (argument) => parseKv(number, argument)),
};
