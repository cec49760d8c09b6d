// SPDX-License-Identifier: Apache-2.0
/** What an operator's Prometheus sees of a service with data. */
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { startService } from "../../src/serve.ts";

async function serve(place: MemoryPlace) {
  const service = await startService({
    ...{ port: 0, epochMs: null, slots: 64, recordsMax: 1000, processMetrics: false },
    logger: pino({ level: "silent" }),
    storage: (serviceId) => place.open({ serviceId }),
  });
  onTestFinished(() => service.close().catch(() => undefined));
  const metric = async (name: string) => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
  };
  return { service, metric };
}

test("journal, lineage and failure are told", async () => {
  const place = new MemoryPlace();
  const first = await serve(place);
  expect(await first.metric("zeta_lineage_instances")).toBe("0");
  await fetch(`${first.service.url}/v1/kv/alice`, { method: "PUT", body: "1" });
  await first.service.engine.closeEpoch();
  expect(Number(await first.metric("zeta_journal_bytes"))).toBeGreaterThan(5);
  expect(await first.metric("zeta_journal_epochs")).toBe("1");
  await first.service.close();

  const second = await serve(place);
  expect(await second.metric("zeta_lineage_instances")).toBe("1");
  expect(await second.metric("zeta_storage_failed")).toBe("0");
  place.failNextWrite(new Error("no space"));
  await fetch(`${second.service.url}/v1/kv/alice`, { method: "PUT", body: "2" });
  await second.service.engine.closeEpoch().catch(() => undefined);
  expect(await second.metric("zeta_storage_failed")).toBe("1");
});
