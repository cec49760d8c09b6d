// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { encodeFrame, honestLog } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { runLog } from "./support/run-log.ts";

/**
 * Completeness (PROTOCOL §10): no proof covers it, so honest logs of every shape must certify.
 * `ZETA_LOGS` asks for more of them.
 */
const LOGS = Number(process.env.ZETA_LOGS ?? 60);

describe.each(["wasm", "reference"] as const)("honest logs, %s monitor", (name) => {
  test.each(["kv64", "bytes"] as const)(
    "profile %s: every epoch certifies",
    { timeout: 600_000 },
    (profile) => {
      const monitor = MONITORS[name](profile);
      for (let seed = 1; seed <= LOGS; seed++) {
        const log = honestLog(profile, seed);
        const frames = log.frames.map(({ thread, entries }) => ({
          thread,
          bytes: encodeFrame(entries, profile),
        }));
        const { results, max, events } = runLog(
          monitor,
          { ...log, valueMemoryBytes: 1 << 20 },
          frames,
        );
        const bad = results.findIndex(({ verdict }) => verdict !== "success");
        expect(bad, `seed ${seed}, frame ${bad}: ${JSON.stringify(results[bad])}`).toBe(-1);
        expect(max, `seed ${seed}: ${JSON.stringify(events.at(-1)?.kind)}`).toBe(log.epochs - 1);
      }
    },
  );
});
