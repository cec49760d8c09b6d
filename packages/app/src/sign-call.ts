// SPDX-License-Identifier: Apache-2.0
import { signCallMessage } from "@zeta/protocol/call-signature";
import type { Static } from "typebox";
import { compileCodec } from "./codec/compile-codec.ts";
import type { Service } from "./define-service.ts";
import { messageToSign } from "./message-to-sign.ts";

type Name<S extends Service> = keyof S["operations"] & string;
type Arguments<S extends Service, N extends Name<S>> = Static<S["operations"][N]["arguments"]>;

/** What there is of a call before it is signed. */
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
export function messageOfCall<S extends Service, N extends Name<S>>(
  service: S,
  { operation: name, args, sequence }: UnsignedCall<S, N>,
): Uint8Array {
  const schema = service.operations[name]?.arguments;
  const operation = { name, arguments: compileCodec(schema, `arguments of ${name}`) };
  return messageToSign({ ...operation, service: service.manifest.name }, args, sequence);
}

/**
 * Signs a call of an operation that has a `signer`.
 *
 * @param secretKey 32 bytes of an Ed25519 key.
 * @returns the arguments with their signature.
 * @throws CallError `invalid_argument`.
 * @example
 * const { result } = await calls.account({ issuer, owner });
 * const call = { operation: "transfer", args: { issuer, from: owner, to, amount: 5 }, sequence: result.sequence } as const;
 * await calls.transfer(signCall(wallet, call, secretKey));
 */
export function signCall<S extends Service, N extends Name<S>>(
  service: S,
  call: UnsignedCall<S, N>,
  secretKey: Uint8Array,
): Arguments<S, N> {
  const signature = signCallMessage(messageOfCall(service, call), secretKey);
  return { ...call.args, signature } as Arguments<S, N>;
}
