// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { StorageErrorCode } from "./storage.ts";

/** An error of a storage, "expected X, got Y". */
export function storageError(
  code: StorageErrorCode,
  message: string,
  cause?: unknown,
): ZetaError<StorageErrorCode> {
  return new ZetaError(code, message, cause === undefined ? {} : { cause });
}

/** What a library threw, as an error of ours; ours pass unchanged. */
export function asStorageError(
  code: StorageErrorCode,
  expected: string,
  cause: unknown,
): ZetaError<StorageErrorCode> {
  if (isStorageError(cause)) return cause;
  const got = cause instanceof Error ? cause.message : String(cause);
  return storageError(code, `expected ${expected}, got ${got}`, cause);
}

function isStorageError(error: unknown): error is ZetaError<StorageErrorCode> {
  return error instanceof ZetaError && error.code.startsWith("storage_");
}
