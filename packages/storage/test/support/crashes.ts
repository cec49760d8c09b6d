// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { bundleChild } from "./bundle-child.ts";
import { readWhole } from "./crash-model.ts";

const ROUNDS = Number(process.env.ZETA_TEST_CRASHES ?? 4);
const SEED = Number(process.env.ZETA_TEST_SEED ?? 20_261_121);

interface State {
  readonly k: number;
  readonly entries: number;
}
interface Line {
  readonly found?: State;
  readonly promised?: State;
  readonly failed?: string;
}

/** Runs the child to its death; what it said, line by line. */
function runChild(child: string, place: string, seed: number): Promise<Line[]> {
  const running = spawn(process.execPath, [child, place, `${seed}`], { stdio: "pipe" });
  let said = "";
  let complaints = "";
  running.stdout.on("data", (chunk) => {
    said += chunk;
  });
  running.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  return new Promise((resolve, reject) => {
    running.once("close", (code, signal) => {
      if (signal !== "SIGKILL")
        reject(new Error(`seed ${seed} ended with ${code}: ${complaints}${said}`));
      else
        resolve(
          said
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Line),
        );
    });
  });
}

/**
 * Processes that are killed in the middle of appends and checkpoints, many times, on one place: the next one finds the old or the new
 * state, never a mixture, everything that was promised, and no lock of the dead.
 */
export function describeCrashes(
  name: string,
  makePlace: () => Promise<{ readonly place: string; remove(): Promise<void> }>,
): void {
  describe(`${name}, killed`, () => {
    let child: string;
    let place: Awaited<ReturnType<typeof makePlace>>;
    beforeAll(async () => {
      child = await bundleChild("crash-child");
      place = await makePlace();
    });
    afterAll(() => place.remove());

    test(`${ROUNDS} times: seed ${SEED}`, { timeout: 300_000 }, async () => {
      let promised: State = { k: 0, entries: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const lines = await runChild(child, place.place, SEED + round);
        const found = lines[0]?.found ?? { k: -1, entries: -1 };
        expect(found.k, `round ${round}`).toBeGreaterThanOrEqual(promised.k);
        expect(found.entries, `round ${round}`).toBeGreaterThanOrEqual(promised.entries);
        expect(lines.filter(({ failed }) => failed !== undefined)).toEqual([]);
        promised = lines.flatMap((line) => line.promised ?? []).reduce(newer, found);
      }
      const storage = await openStorage(place.place, { serviceId: "kv" });
      const found = await readWhole(storage);
      expect(found.k).toBeGreaterThanOrEqual(promised.k);
      expect(found.entries).toBeGreaterThanOrEqual(promised.entries);
      expect(found.k).toBeGreaterThan(0);
      await storage.close();
    });
  });
}

/** Promises come in the order of the writes, but a flush may be told of after a checkpoint that was asked for later. */
function newer(a: State, b: State): State {
  return { k: Math.max(a.k, b.k), entries: Math.max(a.entries, b.entries) };
}
