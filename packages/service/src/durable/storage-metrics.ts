// SPDX-License-Identifier: Apache-2.0
import type { Storage } from "@zeta/storage/storage";
import { Gauge, type Registry } from "prom-client";
import type { DurableState } from "./durable-state.ts";

/** What an operator watches of a service's storage: read at each scrape. */
export function registerStorageMetrics(
  registry: Registry,
  storage: Storage,
  state: DurableState,
  ancestors: number,
): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });
  };
  gauge(
    "zeta_storage_pending_bytes",
    "Journal bytes that a power cut would lose now",
    () => storage.pendingBytes,
  );
  gauge("zeta_storage_failed", "1 after a write has failed: nothing is certified any more", () =>
    storage.failure === null ? 0 : 1,
  );
  gauge(
    "zeta_journal_bytes",
    "Journal bytes since the last checkpoint, to be run again after a crash",
    () => state.journalBytes,
  );
  gauge("zeta_lineage_instances", "Instances before this one, of at most 1000", () => ancestors);
  gauge("zeta_journal_epochs", "Epochs since the last checkpoint", () => state.journalEpochs);
}
