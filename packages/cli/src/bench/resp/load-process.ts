// SPDX-License-Identifier: Apache-2.0
/** The client of `zeta bench service`'s Redis rows, in a process of its own: takes loads, tells operations per second. */
import { type RedisLoad, runRedisLoad } from "./redis-load.ts";

process.on("message", async (load: RedisLoad) => {
  const told = await runRedisLoad(load).catch((error: unknown) => String(error));
  process.send?.(told);
});
