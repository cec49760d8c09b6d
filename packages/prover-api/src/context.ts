// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Attestations } from "./attestations.ts";
import type { BlobStore } from "./blobs/blob-store.ts";
import type { Tables } from "./database/schema.ts";
import type { SqlClock } from "./database/sql-clock.ts";
import type { Frontier } from "./jobs/frontier.ts";
import type { JobRules } from "./jobs/job-rules.ts";
import type { ProverApiMetrics } from "./metrics.ts";
import type { WorkSignal } from "./work-signal.ts";

/** What every part of the server works with; made once at start. */
export interface ProverContext {
  readonly db: Kysely<Tables>;
  readonly blobs: BlobStore;
  readonly clock: SqlClock;
  /** Unix milliseconds of this process: for measurements, never for leases. */
  readonly now: () => number;
  readonly rules: JobRules;
  readonly batchBytesMax: number;
  readonly attestations: Attestations;
  readonly frontier: Frontier;
  readonly metrics: ProverApiMetrics;
  readonly work: WorkSignal;
  readonly log: Logger;
}
