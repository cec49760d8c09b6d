// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ownDirectory, SharedService, zeta } from "../support/services.ts";

ownDirectory();
const service = new SharedService();

describe("zeta ycsb", () => {
  const small = ["--records", "300", "--operations", "2000", "--batch", "50", "--samples", "40"];

  it.each([
    ["a", "service"],
    ["d", "service"],
    ["f", "in-process"],
  ])("workload %s, %s: everything certified", async (workload, target) => {
    const where =
      target === "service" ? ["--url", service.url] : ["--in-process", "--epoch", "100ms"];
    const args = ["ycsb", "--workload", workload, ...small, ...where, "--json"];
    const { code, stdout, stderr } = await zeta(...args);
    expect(JSON.parse(stdout), stderr).toMatchObject({
      workload,
      records: 300,
      operations: 2000,
      certified: true,
      target,
      simulated: true,
    });
    expect((JSON.parse(stdout) as { receiptsVerified: number }).receiptsVerified).toBeGreaterThan(
      9,
    );
    expect(stderr).toContain(`workload ${workload}: 100%`);
    expect(code).toBe(0);
  });
});
