// SPDX-License-Identifier: Apache-2.0
import type { MemoryPlace } from "@zeta/storage/memory/memory-place";
import type { JournalLimits } from "../../src/durable/durable-state.ts";
import { type DurableService, type KeptLimits, startDurable } from "./durable.ts";

/** The lives of a test's durable services: whoever begins one ends it, at the latest after the test. */
export const running: DurableService[] = [];

export async function start(
  place: MemoryPlace,
  limits: JournalLimits = {},
  kept: KeptLimits = {},
): Promise<DurableService> {
  const storage = await place.open({ serviceId: "kv" });
  const service = await startDurable(storage, null, limits, kept);
  running.push(service);
  return service;
}

/** The process ends here and now. */
export function crash(place: MemoryPlace): void {
  place.crash();
  running.pop();
}

export async function stop(service: DurableService): Promise<void> {
  running.splice(running.indexOf(service), 1);
  await service.close();
}

export async function stopAll(): Promise<void> {
  for (const service of running.splice(0)) await service.close();
}
