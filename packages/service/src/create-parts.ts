// SPDX-License-Identifier: Apache-2.0
import { createEnclave } from "@zeta/monitor/enclave";
import type { MonitorModule } from "@zeta/monitor/wasm-module";
import { assert, ZetaError } from "@zeta/protocol/error";
import { SLOTS_DEFAULT } from "@zeta/store/limits";
import { StoreWorker } from "@zeta/store/store-worker";
import type { MonitorShape } from "./batches/batch-recorder.ts";
import type { StartPoint } from "./durable/start-point.ts";
import type { InstanceParts } from "./instance.ts";
import type { PartsConfig, ServiceConfig } from "./service-config.ts";

/** Values of the default number of slots at 4 KiB each. */
const VALUE_MEMORY_BYTES_DEFAULT = 64 << 20;

/** A fresh enclave and an empty store that knows its sizes; both begin at `start`, if given, where the store needs its records yet. */
export function createParts(
  config: PartsConfig,
  module: MonitorModule,
  start: StartPoint | null = null,
): InstanceParts {
  const { serviceId, service = null } = config;
  const { slots, valueMemoryBytes } = shapeOf(config);
  return {
    enclave: createEnclave({
      profile: "bytes",
      threads: 1,
      slots,
      serviceId,
      module,
      valueMemoryBytes,
      ...(service !== null && { serviceCode: service.code }),
      ...(start !== null && { continues: start }),
    }),
    store: new StoreWorker({
      ...{ thread: 0, threads: 1, slots, valueMemoryBytes },
      ...(service !== null && { functions: service.functions }),
      ...(config.recordsMax !== undefined && { recordsMax: config.recordsMax }),
      ...(start !== null && { firstEpoch: start.firstEpoch }),
    }),
  };
}

/** The monitor's sizes: what a batch must say so that another monitor can replay its log. */
export function shapeOf(config: ServiceConfig): MonitorShape {
  return {
    threads: 1,
    slots: config.slots ?? SLOTS_DEFAULT,
    valueMemoryBytes: config.valueMemoryBytes ?? VALUE_MEMORY_BYTES_DEFAULT,
  };
}

/** The parts with the document over the enclave's key, if anybody makes one. */
export async function attestedParts(
  config: PartsConfig,
  module: MonitorModule,
  start: StartPoint | null,
): Promise<InstanceParts> {
  const { attest, serviceId } = config;
  const parts = createParts(config, module, start);
  if (attest === undefined) return parts;
  const { publicKey, measurement } = parts.enclave;
  return { ...parts, attestation: await attest({ publicKey, measurement, serviceId }) };
}

/** Makes the parts of every instance. With `attest` there is one only, because quotes take time and an engine starts at once. */
export async function partsMaker(
  config: PartsConfig,
  module: MonitorModule,
): Promise<() => InstanceParts> {
  if (config.attest === undefined) return () => createParts(config, module);
  // Some attacks start a second enclave. Besides, what lies on demand has no business with a hardware quote.
  if (config.allowAttacks === true) {
    throw new ZetaError(
      "config_invalid",
      "expected a simulated quote with attacks allowed, got attest",
    );
  }
  const parts = await attestedParts(config, module, null);
  let isTaken = false;
  return () => {
    assert(!isTaken, "one instance, the one that was attested");
    isTaken = true;
    return parts;
  };
}
