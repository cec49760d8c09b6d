// SPDX-License-Identifier: Apache-2.0
import { JOB_STATUSES } from "@zeta/tee-api/requests";
import { TEE_TYPES } from "@zeta/tee-api/tee-type";
import type { Kysely } from "kysely";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Tables } from "./database/schema.ts";

const PREFIX = "zeta_prover_api_";

/** From seconds to hours: proving takes minutes, and a queue may stand for long. */
const ROUNDTRIP_SECONDS = [1, 5, 15, 60, 180, 600, 1800, 3600, 7200, 14_400];

/** What the server counts. Each server has its own registry, so that several can live in one process. */
export interface ProverApiMetrics {
  readonly registry: Registry;
  readonly leaseExpiries: Counter;
  readonly claims: Counter<"result">;
  readonly proofs: Counter<"tee_type">;
  readonly failures: Counter<"kind">;
  readonly refusals: Counter<"code">;
  readonly roundtrip: Histogram<"tee_type">;
  readonly requests: Histogram<"route" | "status">;
}

export function createMetrics(db: Kysely<Tables>): ProverApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  registerQueueGauges(db, registry);
  return {
    registry,
    leaseExpiries: new Counter({
      name: `${PREFIX}lease_expiries_total`,
      help: "Leases whose holder fell silent",
      registers,
    }),
    claims: new Counter({
      name: `${PREFIX}claims_total`,
      help: "Requests for work by result: job or none",
      labelNames: ["result"],
      registers,
    }),
    proofs: new Counter({
      name: `${PREFIX}proofs_total`,
      help: "Proofs stored",
      labelNames: ["tee_type"],
      registers,
    }),
    failures: new Counter({
      name: `${PREFIX}failures_total`,
      help: "Failures reported by gateways",
      labelNames: ["kind"],
      registers,
    }),
    refusals: new Counter({
      name: `${PREFIX}refusals_total`,
      help: "Requests refused, by problem code",
      labelNames: ["code"],
      registers,
    }),
    roundtrip: new Histogram({
      name: `${PREFIX}proof_roundtrip_seconds`,
      help: "Time from sealed to proven",
      labelNames: ["tee_type"],
      buckets: ROUNDTRIP_SECONDS,
      registers,
    }),
    requests: new Histogram({
      name: `${PREFIX}request_seconds`,
      help: "Requests answered; waiting claims include their wait",
      labelNames: ["route", "status"],
      registers,
    }),
  };
}

/** Queue depths are read from the database at each scrape: they are true for all servers together. */
function registerQueueGauges(db: Kysely<Tables>, registry: Registry): void {
  new Gauge({
    name: `${PREFIX}jobs`,
    help: "Jobs by state",
    labelNames: ["tee_type", "status"],
    registers: [registry],
    async collect() {
      const rows = await db
        .selectFrom("tee_proof_generation_details")
        .select(({ fn }) => ["tee_type", "status", fn.countAll<number>().as("count")])
        .groupBy(["tee_type", "status"])
        .execute();
      this.reset();
      const seen = new Set(rows.map((row) => row.tee_type));
      for (const tee_type of TEE_TYPES.filter((type) => seen.has(type))) {
        for (const status of JOB_STATUSES) this.set({ tee_type, status }, 0);
      }
      for (const { tee_type, status, count } of rows) this.set({ tee_type, status }, count);
    },
  });
  new Gauge({
    name: `${PREFIX}batches`,
    help: "Batches present",
    registers: [registry],
    async collect() {
      const row = await db
        .selectFrom("batches")
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      this.set(row.count);
    },
  });
}
