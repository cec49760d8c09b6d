// SPDX-License-Identifier: Apache-2.0
import { CALL_SIGNATURE_BYTES, callMessage } from "@zeta/protocol/call-message";
import { signCallMessage } from "@zeta/protocol/call-signature";
import type { Static } from "typebox";
import { compileCodec } from "./codec/compile-codec.ts";
import type { Service } from "./define-service.ts";
import { encodeArgument } from "./encode-argument.ts";

type Operations<S extends Service> = S["operations"];
/** Names of operations whose arguments end with a signature. */
type Name<S extends Service> = keyof Operations<S> & string;
type Arguments<S extends Service, N extends Name<S>> = Static<Operations<S>[N]["arguments"]>;

/** What is there of a call before it is signed. */
export interface UnsignedCall<S extends Service, N extends Name<S>> {
  readonly operation: N;
  readonly args: Omit<Arguments<S, N>, "signature">;
  /** Of the signer, as the service's records have it now. */
  readonly sequence: number;
}

/**
 * The bytes that a call's signer signs, for keys that are elsewhere: in WebCrypto, on a token, in another process.
 *
 * @throws CallError `invalid_argument` for arguments that do not match the operation's schema.
 */
export function messageToSign<S extends Service, N extends Name<S>>(
  service: S,
  { operation, args, sequence }: UnsignedCall<S, N>,
): Uint8Array {
  const codec = compileCodec(service.operations[operation]?.arguments, `arguments of ${operation}`);
  const unsigned = { ...args, signature: new Uint8Array(CALL_SIGNATURE_BYTES) };
  const argument = encodeArgument({ arguments: codec }, unsigned).subarray(
    0,
    -CALL_SIGNATURE_BYTES,
  );
  return callMessage({ service: service.manifest.name, operation, sequence, argument });
}

/**
 * Signs a call of an operation that has a `signer`.
 *
 * @param secretKey 32 bytes of an Ed25519 key.
 * @returns the arguments with their signature.
 * @throws CallError `invalid_argument`.
 * @example
 * const { result: account } = await wallet.account({ owner });
 * const call = { operation: "transfer", args: { from: owner, to, amount: 5 }, sequence: account.sequence } as const;
 * await wallet.transfer(signCall(walletService, call, secretKey));
 */
export function signCall<S extends Service, N extends Name<S>>(
  service: S,
  call: UnsignedCall<S, N>,
  secretKey: Uint8Array,
): Arguments<S, N> {
  const signature = signCallMessage(messageToSign(service, call), secretKey);
  return { ...call.args, signature } as Arguments<S, N>;
}
