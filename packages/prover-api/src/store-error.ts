// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";

/** SQLSTATE classes of a server that is away, in conflict, full, stopping or ill. */
const PASSING_CLASSES: readonly string[] = ["08", "40", "53", "57", "58"];

/** The drivers say these without a code. */
const PASSING_MESSAGES = new RegExp(
  [
    "connection terminated",
    "connection timeout",
    "timeout exceeded",
    "query read timeout",
    "pglite is clos",
    "cannot use a pool after",
    "driver has already been destroyed",
  ].join("|"),
  "i",
);

/** Is it the database's or batch store's trouble, which may pass, rather than a mistake of ours? */
export function isStoreError(error: unknown): boolean {
  if (isZetaError(error)) return error.code === "blob_store";
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isStoreError);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^[0-9A-Z]{5}$/.test(code) && PASSING_CLASSES.includes(code.slice(0, 2))) return true;
  // System errors carry a syscall: sockets that break, disks that are full.
  return "syscall" in error || PASSING_MESSAGES.test(error.message);
}
