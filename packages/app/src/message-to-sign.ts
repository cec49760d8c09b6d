// SPDX-License-Identifier: Apache-2.0
import { CALL_SIGNATURE_BYTES, callMessage } from "@zeta/protocol/call-message";
import type { Codec } from "./codec/codec.ts";
import { encodeArgument } from "./encode-argument.ts";

/**
 * What the signer of a call signs (docs/formats.md §6).
 *
 * @param args the arguments, with or without a signature.
 * @param sequence of the signer, as the service's records have it now.
 * @throws CallError `invalid_argument` for arguments that do not match the operation's schema.
 */
export function messageToSign(
  operation: { readonly service: string; readonly name: string; readonly arguments: Codec },
  args: object,
  sequence: number,
): Uint8Array<ArrayBuffer> {
  const unsigned = { ...args, signature: new Uint8Array(CALL_SIGNATURE_BYTES) };
  const argument = encodeArgument(operation, unsigned).subarray(0, -CALL_SIGNATURE_BYTES);
  const { service, name } = operation;
  return callMessage({ service, operation: name, sequence, argument });
}
