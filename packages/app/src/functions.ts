// SPDX-License-Identifier: Apache-2.0
import type { Maker } from "./codec/codec.ts";
import { plainMaker } from "./codec/codec.ts";
import type { Service } from "./define-service.ts";

/** Why the meter ended a function. */
export type Stop = "fuel_exhausted" | "call_too_deep";

export type VerifySignature = (
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
) => boolean;

/**
 * A service's functions as they are called, by their numbers: sandboxed and metered in a service and a monitor, plain in tests. What goes
 * in is made by the {@link Maker} of the same realm; what comes out is believed nothing.
 */
export interface Functions {
  readonly maker: Maker;
  keys(number: number, args: unknown): unknown;
  run(number: number, args: unknown, records: unknown): unknown;
  /** Of an operation that is signed. */
  signer(number: number, args: unknown, records: unknown): unknown;
  /** Is it the signature of `message` by the Ed25519 key? Not a function of the service: its answer is believed. */
  readonly verifySignature: VerifySignature;
  /** Why the last call was ended by the meter, null if it was not. */
  readonly stopped: Stop | null;
}

/** The functions of a service that is at hand as an object: neither sandboxed nor metered, for tests and for authors. */
export function plainFunctions(service: Service, verifySignature: VerifySignature): Functions {
  const { functions } = service;
  return {
    maker: plainMaker,
    keys: (number, args) => functions[number]?.keys(args),
    run: (number, args, records) => functions[number]?.run(args, records),
    signer: (number, args, records) => functions[number]?.signer?.(args, records),
    verifySignature,
    stopped: null,
  };
}
