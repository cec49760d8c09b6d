// SPDX-License-Identifier: Apache-2.0

/**
 * A value or an encoding that does not match its schema; says "expected X, got Y". Whoever asked for the value gives it the code of its
 * place (`invalid_argument`, `invalid_write`, ...).
 */
export class CodecError extends Error {
  override readonly name = "CodecError";
}
