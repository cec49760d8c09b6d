// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "./error.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";

/** @throws ZetaError `key_too_long` or `value_too_large`. */
export function checkKvSize(what: "key" | "value", bytes: Uint8Array): void {
  const max = what === "key" ? KEY_BYTES_MAX : VALUE_BYTES_MAX;
  if (bytes.length > max) {
    const code = what === "key" ? "key_too_long" : "value_too_large";
    throw new ZetaError(code, `expected a ${what} of at most ${max} bytes, got ${bytes.length}`);
  }
}
