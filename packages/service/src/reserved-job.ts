// SPDX-License-Identifier: Apache-2.0
import type { QueuedJob } from "./call-queue.ts";
import type { ReceiptBook } from "./receipt-book.ts";

/**
 * Takes the request ids of a job's calls; whichever of them is refused later gives its id back before the caller hears of it.
 *
 * @throws ZetaError `duplicate_request_id`; then none is taken.
 */
export function reservedJob(receipts: ReceiptBook, job: QueuedJob): QueuedJob {
  const { calls, isRefusedWhole } = job;
  receipts.reserve(calls);
  return {
    calls,
    isRefusedWhole,
    resolve(outcomes) {
      if (!isRefusedWhole) receipts.release(calls.filter((_, i) => outcomes[i] instanceof Error));
      job.resolve(outcomes);
    },
    reject(error) {
      receipts.release(calls);
      job.reject(error);
    },
  };
}
