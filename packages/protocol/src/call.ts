// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { assert, ZetaError } from "./error.ts";
import { ARGUMENT_BYTES_MAX, CALL_SLOTS_MAX, REQUEST_ID_BYTES } from "./limits.ts";

/** The payload of RunApp in profile `bytes` (docs/formats.md §2). */
export interface Call {
  /** 16 random bytes of the client: such a call yields a receipt leaf. `null`: no leaf. */
  readonly requestId: Uint8Array | null;
  readonly slots: readonly number[];
  readonly argument: Uint8Array;
}

export function encodeCall(call: Call): Uint8Array<ArrayBuffer> {
  const { requestId, slots, argument } = call;
  assert(slots.length <= CALL_SLOTS_MAX, `at most ${CALL_SLOTS_MAX} slots, got ${slots.length}`);
  const writer = new ByteWriter(20 + 2 * slots.length + argument.length);
  writer.bool(requestId !== null);
  if (requestId !== null) {
    assert(
      requestId.length === REQUEST_ID_BYTES,
      `a request id of 16 bytes, got ${requestId.length}`,
    );
    writer.bytes(requestId);
  }
  writer.u8(slots.length);
  for (const slot of slots) writer.u16(slot);
  return writer.bytes(argument).toBytes();
}

/** @throws ZetaError `D.bool`, `D.short` or `D.length`. */
export function decodeCall(payload: Uint8Array): Call {
  const reader = new ByteReader(payload);
  const requestId = reader.bool("request flag")
    ? reader.bytes(REQUEST_ID_BYTES, "request id").slice()
    : null;
  const count = reader.u8("slot count");
  if (count > CALL_SLOTS_MAX) {
    throw new ZetaError("D.length", `expected at most ${CALL_SLOTS_MAX} slots, got ${count}`);
  }
  const slots = Array.from({ length: count }, () => reader.u16("slot"));
  if (reader.remaining > ARGUMENT_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected at most ${ARGUMENT_BYTES_MAX} bytes of argument, got ${reader.remaining}`,
    );
  }
  return { requestId, slots, argument: reader.bytes(reader.remaining, "argument").slice() };
}
