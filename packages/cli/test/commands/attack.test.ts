// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ownDirectory, SharedService, serve, stop, zeta } from "../support/services.ts";
import { until } from "../support/zeta.ts";

ownDirectory();
const service = new SharedService();

describe("zeta attack", () => {
  it.each([
    [["stale-read", "--mode", "honest-log"], "answer_mismatch", "rejected"],
    [["stale-read", "--mode", "lying-log"], "violation", "violation"],
    [["tamper"], "violation", "violation"],
    [["replay"], "receipt_mismatch", "rejected"],
    [["drop"], "receipt_missing", "rejected"],
    [["rollback"], "instance_changed", "fork"],
    [["fork"], "instance_changed", "fork"],
  ])("%j: caught, exit 1, evidence that others can check", async (attack, refusal, verdict) => {
    const liar = await serve("--epoch", "100ms", "--allow-attacks");
    try {
      const out = `${attack.join("")}.json`;
      const args = ["attack", attack[0]!, "mallory", ...attack.slice(1), "--out", out, "--json"];
      const { code, stdout } = await zeta(...args, "--url", liar.url);
      expect(JSON.parse(stdout)).toMatchObject({
        name: attack[0],
        caught: true,
        by: "client",
        code: refusal,
        evidence: out,
      });
      expect(code).toBe(1);
      const judged = await zeta("verify", out, "--json");
      expect(JSON.parse(judged.stdout)).toMatchObject({ verdict });
      expect(judged.code).toBe(1);
    } finally {
      await stop(liar, "SIGKILL");
    }
  });

  it("after a violation every answer is refused, with evidence in the current directory", async () => {
    const liar = await serve("--epoch", "100ms", "--allow-attacks");
    try {
      await zeta("attack", "tamper", "--out", "first.json", "--url", liar.url);
      const { code, stderr } = await zeta("put", "a", "1", "--wait", "--url", liar.url);
      expect(stderr).toContain("[violation]");
      expect(code).toBe(1);
      const again = await zeta("attack", "drop", "--url", liar.url);
      expect(again.stderr).toContain("expected a service that has not been caught yet");
      expect(again.code).toBe(2);
      const told = await until(liar.running, () => /^VIOLATION: .*/m.exec(liar.running.stderr()));
      expect(told[0]).toContain("check A.hash, epoch ");
      expect((await stop(liar, "SIGTERM")).code).toBe(0);
    } finally {
      await stop(liar, "SIGKILL");
    }
  });

  it("a service without --allow-attacks is no place for it: one line, exit 2", async () => {
    await service.ask("put", "alice", "precious");
    const { code, stdout, stderr } = await service.ask("attack", "tamper");
    expect(stderr).toContain("zeta: expected a service started with --allow-attacks");
    expect(stdout).toBe("");
    expect(code).toBe(2);
    // It holds somebody's data, which the attack's own writes would have replaced.
    expect(await service.ask("get", "alice")).toMatchObject({ stdout: "precious\n" });
  });
});
