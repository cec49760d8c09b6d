// SPDX-License-Identifier: Apache-2.0
import type { Codec } from "./codec/codec.ts";
import { Writer } from "./codec/writer.ts";
import { CALL_BYTES_MAX } from "./limits.ts";
import { coded } from "./refusal.ts";

const writer = new Writer(new Uint8Array(CALL_BYTES_MAX));

/**
 * The one encoding of a call's arguments, as hashed into its receipt.
 *
 * @param args a value, with `Uint8Array` for bytes.
 * @throws CallError `invalid_argument`.
 */
export function encodeArgument(
  operation: { readonly arguments: Codec },
  args: unknown,
): Uint8Array<ArrayBuffer> {
  try {
    operation.arguments.write(args, writer.clear());
    return writer.toBytes();
  } catch (error) {
    throw coded(error, "invalid_argument");
  }
}

/**
 * The same from JSON, where bytes are lower-case hex.
 *
 * @throws CallError `invalid_argument`.
 */
export function encodeJsonArgument(
  operation: { readonly arguments: Codec },
  json: unknown,
): Uint8Array<ArrayBuffer> {
  try {
    return encodeArgument(operation, operation.arguments.fromJson(json));
  } catch (error) {
    throw coded(error, "invalid_argument");
  }
}
