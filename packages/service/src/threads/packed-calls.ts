// SPDX-License-Identifier: Apache-2.0
/**
 * Calls and results as bytes, on their way between two threads of this service: one array that changes hands costs less than a copy of each.
 * Both ends are this code, so nothing here is checked for malice.
 */
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import type { StoreCall } from "@zeta/store/store-call";

export function packCalls(calls: readonly StoreCall[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64 * (calls.length + 1)).u32(calls.length);
  for (const { function: number, argument, requestId } of calls) {
    writer.u8(number).u8(requestId === null ? 0 : 1);
    if (requestId !== null) writer.bytes(requestId);
    writer.u32(argument.length).bytes(argument);
  }
  return writer.toBytes();
}

export function unpackCalls(bytes: Uint8Array): StoreCall[] {
  const reader = new ByteReader(bytes);
  return Array.from({ length: reader.u32("count") }, () => {
    const number = reader.u8("function");
    const hasId = reader.u8("has an id") === 1;
    const requestId = hasId ? reader.bytes(REQUEST_ID_BYTES, "request id") : null;
    return {
      function: number,
      argument: reader.bytes(reader.u32("length"), "argument"),
      requestId,
    };
  });
}

/** Null: the call was refused. */
export function packResults(results: readonly (Uint8Array | null)[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(32 * (results.length + 1)).u32(results.length);
  for (const result of results) {
    writer.u8(result === null ? 0 : 1);
    if (result !== null) writer.u32(result.length).bytes(result);
  }
  return writer.toBytes();
}

export function unpackResults(bytes: Uint8Array): (Uint8Array | null)[] {
  const reader = new ByteReader(bytes);
  return Array.from({ length: reader.u32("count") }, () => {
    const isThere = reader.u8("is there") === 1;
    return isThere ? reader.bytes(reader.u32("length"), "result") : null;
  });
}
