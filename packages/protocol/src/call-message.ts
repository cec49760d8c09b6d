// SPDX-License-Identifier: Apache-2.0
/** What callers sign (docs/formats.md §6): an operation of a service may ask for it, and then its host cannot call it in somebody's name. */
import { ByteWriter } from "./byte-writer.ts";
import { utf8 } from "./bytes.ts";
import { assert } from "./error.ts";

export const CALLER_KEY_BYTES = 32;
export const CALL_SIGNATURE_BYTES = 64;

const DOMAIN = "zeta.call.v1";

/** What a caller signs. */
export interface SignedCall {
  /** Name of the service. */
  readonly service: string;
  readonly operation: string;
  /** What the service's records say of the signer before the call: each number counts once, so a call cannot be repeated. */
  readonly sequence: number;
  /** The encoded arguments without their last property, the signature. */
  readonly argument: Uint8Array;
}

/** The bytes that are signed: frame8(domain) ‖ frame8(service) ‖ frame8(operation) ‖ u64 sequence ‖ argument. */
export function callMessage(call: SignedCall): Uint8Array<ArrayBuffer> {
  assert(Number.isSafeInteger(call.sequence) && call.sequence >= 0, "a sequence number");
  const writer = new ByteWriter(160 + call.argument.length)
    .frame8(utf8(DOMAIN))
    .frame8(utf8(call.service))
    .frame8(utf8(call.operation))
    .u64(BigInt(call.sequence))
    .bytes(call.argument);
  return writer.toBytes();
}
