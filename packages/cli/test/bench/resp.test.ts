// SPDX-License-Identifier: Apache-2.0
import { startService } from "@zeta/service/serve";
import { expect, onTestFinished, test } from "vitest";
import { startRedisBaseline } from "../../src/bench/resp/redis-baseline.ts";
import { runRedisLoad } from "../../src/bench/resp/redis-load.ts";

test("zeta bench service asks the Redis front and a baseline the same", async () => {
  const resp = { host: "127.0.0.1", port: 0 };
  const service = await startService({ port: 0, resp, epochMs: null, processMetrics: false });
  onTestFinished(() => service.close());
  const baseline = await startRedisBaseline(service);
  onTestFinished(() => baseline.stop());
  const port = Number(service.resp?.split(":").at(-1));
  const load = { connections: 3, pipeline: 4, operations: 120, keys: 20 };
  for (const one of [port, baseline.port]) {
    expect(await runRedisLoad({ ...load, port: one, isLoading: true })).toBeGreaterThan(0);
    expect(await runRedisLoad({ ...load, port: one, isLoading: false })).toBeGreaterThan(0);
  }
  await service.engine.closeEpoch();
  const [statistics] = await service.engine.instance.statistics();
  expect(statistics?.calls).toBe(20 + 2 * 120);
});

test("an answer that is no value ends the load", async () => {
  const resp = { host: "127.0.0.1", port: 0 };
  const service = await startService({ port: 0, resp, epochMs: null, processMetrics: false });
  onTestFinished(() => service.close());
  const port = Number(service.resp?.split(":").at(-1));
  const load = { connections: 1, pipeline: 16, operations: 160, keys: 20, isLoading: true };
  await service.engine.close(1000);
  await expect(runRedisLoad({ ...load, port })).rejects.toThrow("got -ERR shutting_down");
});
