// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import { CommandError } from "./command-error.ts";

/** @throws CommandError for a key that is longer than any key can be. */
export function checkedKey(key: Buffer | undefined): Buffer {
  if (key === undefined) throw new Error("expected a key that the command's arity promises");
  if (key.length <= KEY_BYTES_MAX) return key;
  throw new CommandError(
    `ERR key_too_long: expected a key of at most ${KEY_BYTES_MAX} bytes, got ${key.length}`,
  );
}
