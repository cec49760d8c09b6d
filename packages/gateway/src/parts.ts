// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "pino";
import type { GatewayIdentity, ProverApi } from "./api/prover-api.ts";
import type { Clock } from "./clock.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { ProofOutbox } from "./outbox.ts";
import type { RetryContext } from "./retry.ts";
import type { BatchVerifier } from "./verify/verifier.ts";

/** What the prover is put together from; everything that touches the world is in here. */
export interface ProverParts {
  readonly api: ProverApi;
  readonly identity: GatewayIdentity;
  readonly verifier: BatchVerifier;
  readonly outbox: ProofOutbox;
  readonly clock: Clock;
  readonly retry: RetryContext;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
  /** 16 random bytes in hex. */
  readonly drawLease: () => string;
  readonly settings: ProverSettings;
}

export interface ProverSettings {
  /** Batches verified at once. */
  readonly verifiers: number;
  /** How long a claim asks the server to wait for work; 0 for servers that cannot. */
  readonly waitSeconds: number;
  /** Sign the raw root, as zkSync's verifiers expect. */
  readonly signsLegacy: boolean;
  /** TEE type `none` of old servers: verify and never hand in. */
  readonly submits: boolean;
  /** From the stop signal to the end. */
  readonly shutdownMs: number;
}
