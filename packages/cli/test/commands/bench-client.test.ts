// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { runHere } from "../support/run.ts";

it("zeta bench client: attestation.verify in milliseconds beside its baseline", async () => {
  const { code, stdout } = await runHere(["bench", "client", "--quick", "--json"]);
  const { machine, rows } = JSON.parse(stdout);
  expect(machine.node).toBe(process.version);
  expect(rows).toEqual([
    {
      id: "attestation.verify",
      value: expect.any(Number),
      unit: "ms",
      baseline: "pure JavaScript",
      baselineValue: expect.any(Number),
      ratio: expect.any(Number),
      runs: 5,
      certified: true,
    },
  ]);
  const [{ value, baselineValue, ratio }] = rows;
  expect(ratio).toBeCloseTo(value / baselineValue, 2);
  expect(code).toBe(0);
});
