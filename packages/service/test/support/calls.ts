// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { encodeKvArgument, type KvOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import type { EngineCall } from "../../src/engine-call.ts";

let counter = 0;

/** A request id that no other call of this test file has. */
export function freshId(): string {
  return (++counter).toString(16).padStart(32, "0");
}

export function callOf(operation: KvOperation, requestId: string | null = freshId()): EngineCall {
  const argument = encodeKvArgument(operation);
  return { function: kvFunctionNumber(operation.operation), argument, requestId };
}

export const getCall = (key: string, id?: string) =>
  callOf({ operation: "get", key: utf8(key) }, id);

export const putCall = (key: string, value: string, id?: string) =>
  callOf({ operation: "put", key: utf8(key), value: utf8(value) }, id);
