// SPDX-License-Identifier: Apache-2.0
import { HARDWARE_ONLY_POLICY } from "@zeta/attestation/policy";
import { attestService } from "@zeta/attestation/produce/attest-service";
import type { QuoteProducer } from "@zeta/attestation/produce/producer";
import type { Trust } from "@zeta/client";
import type { Engine } from "@zeta/service/engine";
import { type RunningService, type ServiceConfig, startService } from "@zeta/service/serve";
import { onTestFinished } from "vitest";
import { world } from "../../../../packages/attestation/test/support/intel-world.ts";

/** Epochs of a tenth of a second: every test waits for some. */
const EPOCH_MS = 100;

/** A real service on a free port, small and quick; stopped when the test ends. */
export async function started(
  config: ServiceConfig & { readonly threads?: 1 } = {},
): Promise<RunningService<Engine>> {
  const service = await startService({
    port: 0,
    epochMs: EPOCH_MS,
    processMetrics: false,
    ...{ slots: 1024, valueMemoryBytes: 16 << 20 },
    ...config,
  });
  onTestFinished(() => service.close());
  return service;
}

const TD = { version: 4, body: "td10" } as const;
const SEPT_VE_DISABLE = 1 << 4;

/** The same in a TD, with quotes of an Intel that is the test's own, and what one trusts who believes that Intel. */
export async function startedInTd(): Promise<RunningService<Engine> & { readonly trust: Trust }> {
  const producer: QuoteProducer = {
    name: "test",
    tee: "tdx",
    produce: async (reportData) => {
      const report = (body: Uint8Array) => {
        body[120 + 3] = SEPT_VE_DISABLE;
        body.set(reportData, 520);
      };
      return { tee: "tdx", quote: world({ ...TD, report }).quote, certificates: null };
    },
  };
  const service = await started({ attest: (facts) => attestService(producer, facts) });
  const trust = { hardware: { policy: HARDWARE_ONLY_POLICY, ...world(TD) } };
  return Object.assign(service, { trust });
}
