// SPDX-License-Identifier: Apache-2.0

/** Is it a system error with this code? */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
