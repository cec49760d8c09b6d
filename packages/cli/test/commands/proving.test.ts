// SPDX-License-Identifier: Apache-2.0
/** The commands of batch proving as an operator types them: a service that seals, a prover API, a gateway, a skeptic. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { afterAll, describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";
import { type Running, startZeta, zeta } from "../support/zeta.ts";

const folder = mkdtempSync(join(tmpdir(), "zeta-proving-"));
const running: Running[] = [];
afterAll(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): Running {
  const process = startZeta(args, { cwd: folder });
  running.push(process);
  return process;
}

/** Waits until a started command has printed something. */
async function hear(process: Running, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(process.stdout() + process.stderr());
    if (found !== null) return found[1] ?? found[0];
    if (process.child.exitCode !== null) throw new Error(process.stdout() + process.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe("batch proving from the command line", () => {
  it("seals, hands out, proves; the skeptic's exit status tells", {
    timeout: 120_000,
  }, async () => {
    const api = file(
      "prover-api.yaml",
      `port: 0
database: { kind: embedded, directory: jobs }
blobs: { kind: files, directory: batches }
pollSeconds: 0.05
attestation: { allowSimulation: true }
`,
    );
    const server = start(["prover-api", "--config-path", api]);
    const service = start([
      ..."serve --http 127.0.0.1:0 --resp off --epoch 50ms --seal-batches batches --batch-epochs 1".split(
        " ",
      ),
    ]);
    const url = await hear(server, /serving {2}(\S+)/);
    await hear(service, /batch 3 sealed/);
    service.child.kill("SIGTERM");
    expect((await service.ended).code).toBe(0);
    // Nothing is proven yet: a negative answer.
    const early = await zeta(["proofs", "verify", "--url", url, "--batch", "1-3", "--json"]);
    expect(early.code).toBe(1);
    expect(JSON.parse(early.stdout)).toMatchObject({ chain: "incomplete" });

    file("gateway.yaml", "metricsPort: 0\nsimulation: true\noutboxDirectory: outbox\n");
    const config = ["--config-path", "gateway.yaml", "--url", url];
    // The key comes from the launcher.
    const prover = start([
      ..."launch --simulation --env-prefix TEE_PROVER_ --".split(" "),
      process.execPath,
      join(import.meta.dirname, "../../bin/zeta.js"),
      "gateway",
      ...config,
    ]);
    await hear(prover, /proof stored +batch 3/);
    const watched = await zeta(["proofs", "watch", "--url", url, "--batch", "1-3"]);
    expect(watched.code).toBe(0);
    expect(watched.stdout).toMatch(
      /^SIMULATED TEE.*\n1 {2}generated {2}verified .*chain unbroken\n/,
    );
    const proofs = await zeta(["proofs", "verify", "--url", url, "--batch", "1-3", "--json"]);
    expect(proofs.code).toBe(0);
    const { batches, chain, previousRoot } = JSON.parse(proofs.stdout);
    expect(chain).toBe("unbroken");
    expect(previousRoot).toBe(toHex(rootHash(EMPTY_ROOT_VALUE)));
    expect(batches).toHaveLength(3);
    expect(batches[0]).toEqual({
      number: 1,
      status: "generated",
      verdict: "verified",
      root: expect.stringMatching(/^[0-9a-f]{64}$/),
      signer: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      simulated: true,
      code: null,
    });
    // Who accepts hardware only is not convinced.
    const strict = file("policy.yaml", "version: 1\nallowSimulation: false\n");
    const refused = await zeta([
      "proofs",
      "verify",
      "--url",
      url,
      "--batch",
      "1",
      "--policy",
      strict,
    ]);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining("rejected")]);

    prover.child.kill("SIGHUP");
    const ended = await prover.ended;
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(/^proofs \d+, unack/m)]);
    server.child.kill("SIGHUP");
    expect((await server.ended).code).toBe(0);
  });
});

describe("what is not there, or cannot be had, is said in a line", () => {
  const free = "port: 0\ndatabase: { kind: embedded, directory: JOBS }\n";
  const cases: readonly [string[], string, number, string][] = [
    [
      ["proofs", "verify", "--url", "http://127.0.0.1:9"],
      "",
      1,
      "expected a prover API at http://127",
    ],
    [
      ["prover-api"],
      'database: { kind: postgres, url: "postgres://u:secret@127.0.0.1:9/d" }',
      1,
      "expected a Postgres at postgres://u@127.0.0.1:9/d, got: ",
    ],
    [["prover-api"], `${free}host: 192.0.2.1\n`, 2, "expected to listen on 192.0.2.1:0, got: "],
    [
      ["gateway"],
      "simulation: true\nmetricsHost: 192.0.2.1\noutboxDirectory: JOBS\n",
      2,
      "expected to listen for metrics on 192.0.2.1:3314, got: ",
    ],
  ];
  it.each(cases)("%j %j", async (args, text, code, message) => {
    const config = file("absent.yaml", text.replace("JOBS", join(folder, `jobs-${args[0]}`)));
    const more = text === "" ? [] : ["--config-path", config];
    const ended = await zeta([...args, ...more, "--json"]);
    const line = ended.stderr.trimEnd().split("\n").at(-1) ?? "";
    expect(line).toMatch(/^zeta: /);
    expect(line).toContain(message);
    expect(ended.stderr).not.toContain("secret");
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stdout).error.message).toContain(message);
  });
});

describe("what is wrong with a configuration is said with the member's name", () => {
  const cases: readonly [string, string, string][] = [
    ["prover-api", "port: many\n", "/port"],
    ["prover-api", "database: { kind: sqlite }\n", "/database"],
    ["prover-api", "prot: 1\n", "prot"],
    ["prover-api", "a: 1\na: 2\n", "YAML"],
    ["prover-api", "attestation: { policyFile: 7 }\n", "/attestation/policyFile"],
    ["prover-api", "attestation: { collateral: '' }\n", "/attestation/collateral"],
    [
      "prover-api",
      "database: { kind: embedded, directory: package.json }\n",
      "database.directory pack",
    ],
    [
      "prover-api",
      "blobs: { kind: files, directory: package.json }\n",
      "blobs.directory package.json",
    ],
    [
      "gateway",
      "outboxDirectory: package.json\nsimulation: true\n",
      "outboxDirectory package.json",
    ],
    ["gateway", "verifiers: 0\n", "/verifiers"],
    ["gateway", "apiUrl: nowhere\n", "/apiUrl"],
    ["gateway", "verifier: { kind: command, command: relative }\n", "/verifier"],
    ["gateway", "- 1\n", "object"],
  ];
  it.each(cases)("%s: %j", async (command, text, named) => {
    const path = file("wrong.yaml", text);
    const { code, stderr, stdout } = await runHere([command, "--config-path", path]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`--config-path ${path}: `);
    expect(stderr).toContain(named);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
