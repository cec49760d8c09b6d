// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

export type ClusterErrorCode =
  /** A limit on what waits. Nothing was done. */
  | "too_many"
  /** A worker's thread has ended; nothing is certified any more. */
  | "worker_failed"
  /** The monitor refused the log, or an epoch did not balance. */
  | "monitor_failed"
  | "stopped";

export class ClusterError extends ZetaError<ClusterErrorCode> {}
