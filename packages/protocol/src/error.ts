// SPDX-License-Identifier: Apache-2.0
/**
 * The one error of this project. `code` is stable and meant for programs; the message says "expected X, got Y" for people.
 *
 * @example
 * throw new ZetaError("D.short", "expected 32 bytes of digest, got 7");
 */
export class ZetaError<Code extends string = string> extends Error {
  override readonly name = "ZetaError";
  readonly code: Code;

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Is `error` a {@link ZetaError}, optionally one with this code? */
export function isZetaError(error: unknown, code?: string): error is ZetaError {
  return error instanceof ZetaError && (code === undefined || error.code === code);
}

/** A programmer's error: stays on in production, because a wrong assumption in this code can cost soundness. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new ZetaError("assertion", `assertion failed: ${message}`);
}
