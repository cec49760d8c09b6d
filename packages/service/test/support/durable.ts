// SPDX-License-Identifier: Apache-2.0
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import type { Storage } from "@zeta/storage/storage";
import type { AppService } from "../../src/app-service.ts";
import { createParts } from "../../src/create-parts.ts";
import type { JournalLimits } from "../../src/durable/durable-state.ts";
import { type ResumedFacts, resume } from "../../src/durable/resume.ts";
import { Instance, type InstanceOptions } from "../../src/instance.ts";
import { KeyCatalogue } from "../../src/key-catalogue.ts";
import { createTestService, type TestService } from "./service.ts";

export interface DurableService extends TestService {
  readonly facts: ResumedFacts;
  readonly catalogue: KeyCatalogue;
}

/** How much of the past an instance keeps. */
export type KeptLimits = Pick<
  InstanceOptions,
  "certificatesMax" | "receiptEpochsMax" | "receiptsMax"
>;

const module = loadMonitorModule("bytes");

/** A service as `zeta serve --data` starts it, with the test's clock and storage. */
export async function startDurable(
  storage: Storage,
  service: AppService | null = null,
  limits: JournalLimits = {},
  kept: KeptLimits = {},
  breathe: () => Promise<void> = async () => {},
): Promise<DurableService> {
  const catalogue = new KeyCatalogue();
  const serviceId = service?.program.manifest.name ?? "kv";
  const config = { serviceId, slots: 64, service };
  const { instance, state, facts } = await resume({
    storage,
    limits,
    breathe,
    catalogue: service === null ? catalogue : null,
    createParts: async (start) => createParts(config, module, start),
    createInstance: (parts) =>
      new Instance({
        ...parts,
        serviceId,
        ...kept,
        pause: () => new Promise((done) => setImmediate(done)),
      }),
  });
  const running = createTestService({
    instance,
    sealer: state,
    ...(service === null ? { observe: catalogue.observe } : { service }),
  });
  return { ...running, facts, catalogue };
}
