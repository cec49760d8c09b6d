// SPDX-License-Identifier: Apache-2.0
/** A service whose code was replaced, asked from the command line. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { ownDirectory, type Started, serveIn, stop, zeta } from "../support/services.ts";

const COUNTER = fileURLToPath(new URL("../../../app/src/services/counter.ts", import.meta.url));
const ADD = '{"name":"a","by":1}';

describe("a service that goes on with the data of its earlier release", () => {
  const home = ownDirectory();
  const older = "counter";
  let newer: string;

  beforeAll(() => {
    // Beside the first one, where its imports are found.
    newer = join(home.path, "newer.ts");
    const source = readFileSync(COUNTER, "utf8").replace(/version: "[^"]*"/, 'version: "next"');
    const define = fileURLToPath(new URL("../../../app/src/index.ts", import.meta.url));
    writeFileSync(
      newer,
      source.replace(/from "[^"]*index\.ts"|from "@zeta\/app"/, `from "${define}"`),
    );
  });

  const ask = (at: Started, ...args: string[]) =>
    zeta("call", "add", ADD, "--url", at.url, ...args);

  it("is believed by whoever names that release, too", { timeout: 120_000 }, async () => {
    const epochs = ["--epoch", "100ms"];
    const first = await serveIn(home.path, "--service", older, ...epochs);
    const counted = await ask(first, "--service", older, "--wait");
    expect(counted.stdout).toMatch(/^\{"value":1\}\n/);
    const early = await ask(first, "--service", newer, "--former", older);
    expect(early.stderr).toMatch(
      /what --former names may only have run before it \[attestation_rejected\]/,
    );
    expect([early.code, early.stdout]).toEqual([1, ""]);
    await stop(first, "SIGTERM");

    const second = await serveIn(home.path, "--service", newer, ...epochs);
    const refused = await ask(second, "--service", newer);
    expect(refused.stderr).toMatch(
      /ancestor 1 of 1: .*name that: --former FILE .*\[lineage_invalid\]/,
    );
    expect(refused.code).toBe(1);
    const told = await ask(second, "--service", newer, "--former", older, "--wait");
    expect(told.stdout).toMatch(/^\{"value":2\}\n(.*\n)*verdict +certified\n/);
    expect(told.code).toBe(0);
    const wrong = await ask(second, "--service", newer, "--former", "bank", "--former", "wallet");
    expect(wrong.stderr).toContain("[lineage_invalid]");
    for (const none of ["kv", "nothing"]) {
      const usage = await ask(second, "--service", newer, "--former", none);
      expect(usage.stderr).toMatch(/^zeta: --former: expected /m);
      expect(usage.code).toBe(2);
    }
    await stop(second, "SIGTERM");
  });
});
