// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";
import { type Ended, type Running, startZeta, until, zeta } from "../support/zeta.ts";

let service: Running;
let url: string;
let operations: string[];

function call(...args: string[]): Promise<Ended> {
  return zeta(["call", ...args, "--url", url]);
}

/** Without a process of its own, which takes a second to start. */
function callHere(...args: string[]): Promise<Ended> {
  return runHere(["call", ...args, "--url", url]);
}

beforeAll(async () => {
  const args = ["--service", "bank", "--http", "127.0.0.1:0", "--epoch", "100ms", "--json"];
  service = startZeta(["serve", "--memory", ...args]);
  const line = await until(service, () => /^\{.*\}$/m.exec(service.stdout())?.[0] ?? null);
  ({ url, operations } = JSON.parse(line) as { url: string; operations: string[] });
});

afterAll(async () => {
  service.child.kill("SIGKILL");
  await service.ended;
});

it("zeta serve lists the operations, a workflow once", () => {
  expect(operations).toContain("deposit");
  expect(operations.filter((name) => name === "audit")).toEqual(["audit"]);
});

it("who asks it for keys and values is told what it is", async () => {
  for (const args of [
    ["get", "a"],
    ["put", "a", "1"],
    ["del", "a"],
    ["evidence", "a", "--out", "e"],
  ]) {
    const { code, stdout, stderr } = await runHere([...args, "--url", url]);
    expect(stderr).toContain(
      `zeta: expected the key-value service at ${url}, got one in TypeScript`,
    );
    expect(stderr).toContain("zeta call asks it");
    expect(stderr).toContain("[attestation_rejected]");
    expect([code, stdout]).toEqual([1, ""]);
  }
});

describe("zeta call", () => {
  it("the result on stdout, what else there is to say on stderr", async () => {
    const { code, stdout, stderr } = await call("open", '{"account":0,"owner":"Ada"}');
    expect(stdout).toBe('{"accounts":1}\n');
    expect(stderr).toMatch(
      /^SIMULATED TEE\nservice code [0-9a-f]{64}, as the host shows it\nprovisional in epoch \d+; --wait/,
    );
    expect(code).toBe(0);
  });

  it("--service and --wait: the code that is expected, and what certified the answer", async () => {
    const { code, stdout, stderr } = await call("today", "--service", "bank", "--wait");
    expect(stdout).toMatch(/^\{"day":0\}\n/);
    expect(stdout).toMatch(/^verdict +certified$/m);
    expect(stderr).not.toContain("as the host shows it");
    expect(code).toBe(0);
  });

  it("a workflow, as JSON for a program", async () => {
    const { code, stdout } = await callHere("audit", '{"accounts":1}', "--wait", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ simulated: true, operation: "audit", status: "certified" },
      result: { quiet: true, conserved: true, sum: 0, total: 0 },
      report: expect.stringMatching(/^verdict +certified$/m),
    });
    expect(code).toBe(0);
  });

  it("another service than the one that is expected is refused: exit 1", async () => {
    const { code, stdout, stderr } = await call(
      "add",
      '{"name":"a","by":1}',
      "--service",
      "counter",
    );
    expect(stderr).toContain("[attestation_rejected]");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("what the service refuses did not happen: exit 1", async () => {
    const args = ["withdraw", '{"account":7,"amount":1,"day":0}'];
    const shown = await callHere(...args);
    const told = await callHere(...args, "--json");
    expect(shown.stderr).toContain("zeta: not executed: ");
    expect(shown.stderr).toContain("no_such_account");
    expect(shown).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(told.stdout)).toMatchObject({
      operation: "withdraw",
      status: "not_executed",
    });
    expect(told.code).toBe(1);
  });

  it.each([
    [["close"], 'operation: expected one of open, deposit, .*, got "close"'],
    [["open", "{"], "arguments: expected JSON, got: .*"],
    [["open", '{"account":-1,"owner":"Ada"}'], "arguments: expected an integer in 0..999999 .*"],
    [["open", '{"account":1}'], "arguments: expected a value as .*owner, got nothing"],
    [["today", '{"day":1}'], 'arguments: expected no members as arguments of today, got "day"'],
    [["today", "--service", "kv"], "--service: expected a service in TypeScript, got kv"],
    [["today", "--service", "shop"], '--service: expected kv, .*, got "shop"'],
  ])("%j: one line, exit 2", async (args, message) => {
    const { code, stdout, stderr } = await callHere(...args);
    expect(stderr).toMatch(new RegExp(`^zeta: ${message}\\n$`));
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("nobody listening: one line, exit 1", async () => {
    const { code, stderr } = await runHere(["call", "today", "--url", "http://127.0.0.1:9"]);
    expect(stderr).toMatch(/^zeta: expected a service at .*\[network_error\]\n$/);
    expect(code).toBe(1);
  });
});
