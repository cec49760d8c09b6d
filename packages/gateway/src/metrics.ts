// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, Histogram, Registry } from "prom-client";

const PREFIX = "zeta_gateway_";

/** Verifying takes from milliseconds to hours. */
const VERIFY_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 180, 600, 1800, 3600, 7200, 14_400];

/** What a gateway counts; its own registry, so that several can live in one process. */
export interface GatewayMetrics {
  readonly registry: Registry;
  readonly isRegistered: Gauge;
  readonly idleSeconds: Histogram;
  readonly verifySeconds: Histogram<"result">;
  readonly submitSeconds: Histogram;
  readonly retries: Counter<"operation" | "cause">;
  readonly proofs: Counter;
  readonly failures: Counter<"kind">;
  readonly leasesLost: Counter;
  readonly leasesHeld: Gauge;
  readonly outboxEntries: Gauge;
  readonly lastBatch: Gauge;
}

export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `${PREFIX}${name}`, help, registers });
  const counter = (name: string, help: string) =>
    new Counter({ name: `${PREFIX}${name}`, help, registers });
  return {
    registry,
    isRegistered: gauge("attestation_registered", "1 once the server took the attestation"),
    idleSeconds: new Histogram({
      name: `${PREFIX}idle_seconds`,
      help: "Time a verifier waited for its next batch",
      buckets: VERIFY_SECONDS,
      registers,
    }),
    verifySeconds: new Histogram({
      name: `${PREFIX}verify_seconds`,
      help: "Time to verify a batch, by result",
      labelNames: ["result"],
      buckets: VERIFY_SECONDS,
      registers,
    }),
    submitSeconds: new Histogram({
      name: `${PREFIX}submit_seconds`,
      help: "Time from signed to acknowledged",
      buckets: VERIFY_SECONDS,
      registers,
    }),
    retries: new Counter({
      name: `${PREFIX}retries_total`,
      help: "Calls tried again, by operation and cause",
      labelNames: ["operation", "cause"],
      registers,
    }),
    proofs: counter("proofs_total", "Proofs the server acknowledged"),
    failures: new Counter({
      name: `${PREFIX}failures_total`,
      help: "Batches that could not be verified, by kind",
      labelNames: ["kind"],
      registers,
    }),
    leasesLost: counter("leases_lost_total", "Leases that ran out under work"),
    leasesHeld: gauge("leases_held", "Batches held now"),
    outboxEntries: gauge("outbox_entries", "Signed proofs not yet acknowledged"),
    lastBatch: gauge("last_batch_number", "The batch of the last acknowledged proof"),
  };
}
