// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { startService } from "@zeta/service/serve";
import { startRedisBaseline } from "./resp/redis-baseline.ts";
import type { RedisLoad } from "./resp/redis-load.ts";
import { type Bench, type BenchOptions, type BenchRow, median } from "./row.ts";

const CONNECTIONS = 50;
const KEYS = 100_000;
const RUNS = { full: 5, quick: 3 } as const;
/** Operations of a run, by commands under way on each connection. */
const OPERATIONS = {
  1: { full: 100_000, quick: 20_000 },
  16: { full: 400_000, quick: 80_000 },
} as const;

async function ask(client: ChildProcess, load: RedisLoad): Promise<number> {
  client.send(load);
  const [told] = (await once(client, "message")) as [number | string];
  if (typeof told === "number") return told;
  throw new Error(told);
}

/** Redis clients that ask the running service, every epoch certified meanwhile, and a baseline in turns with it. */
function respBench(pipeline: 1 | 16): Bench {
  const id = `service.resp.p${pipeline}`;
  return {
    id,
    title: `Redis protocol, SET and GET half and half, ${CONNECTIONS} connections, ${pipeline} under way on each`,
    async run({ quick, say }: BenchOptions): Promise<BenchRow> {
      const resp = { host: "127.0.0.1", port: 0 };
      const service = await startService({ port: 0, resp, processMetrics: false });
      const baseline = await startRedisBaseline(service);
      const client = fork(new URL("./resp/load-process.js", import.meta.url));
      const operations = OPERATIONS[pipeline][quick ? "quick" : "full"];
      const runs = quick ? RUNS.quick : RUNS.full;
      const port = Number(service.resp?.split(":").at(-1));
      const common = { connections: CONNECTIONS, pipeline, operations, keys: KEYS };
      const values: number[] = [];
      const baselines: number[] = [];
      try {
        // The first run of each puts all keys there and warms up.
        for (let run = 0; run <= runs; run++) {
          const isLoading = run === 0;
          const value = await ask(client, { ...common, port, isLoading });
          const other = await ask(client, { ...common, port: baseline.port, isLoading });
          if (isLoading) continue;
          values.push(value);
          baselines.push(other);
          const figures = `${Math.round(value)} op/s; ${baseline.name} ${Math.round(other)} op/s`;
          say(`run ${run} of ${runs}: ${figures}`);
        }
        const epoch = await service.engine.closeEpoch();
        const { violation, certificates } = service.engine.instance;
        const [value, baselineValue] = [median(values), median(baselines)];
        return {
          ...{ id, unit: "op/s", baseline: baseline.name, runs },
          value: Math.round(value),
          baselineValue: Math.round(baselineValue),
          ratio: Math.round((100 * value) / baselineValue) / 100,
          certified: violation === null && (certificates.latest ?? -1) >= epoch,
        };
      } finally {
        client.kill();
        await baseline.stop();
        await service.close();
      }
    },
  };
}

/** The rows of `zeta bench service` over the Redis protocol. */
export const RESP_BENCHES: readonly Bench[] = [respBench(1), respBench(16)];
