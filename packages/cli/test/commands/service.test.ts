// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@zeta/client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runHere } from "../support/run.ts";
import { type Ended, type Running, startZeta, until } from "../support/zeta.ts";

interface Started {
  readonly url: string;
  readonly measurement: string;
  readonly running: Running;
}

let directory: string;
let service: Started;

/** Runs a command in a directory of its own; a client's without a process of its own, which takes a second to start. */
async function zeta(...args: string[]): Promise<Ended> {
  return args[0] === "serve" ? startZeta(args, { cwd: directory }).ended : runHere(args);
}

async function atService(...args: string[]): Promise<Ended> {
  return zeta(...args, "--url", service.url);
}

async function serve(...args: string[]): Promise<Started> {
  return serveIn(directory, "--memory", ...args);
}

async function serveIn(cwd: string, ...args: string[]): Promise<Started> {
  const off = ["--resp", "off"];
  const start = ["serve", "--http", "127.0.0.1:0", ...off, "--json", ...args];
  const running = startZeta(start, { cwd });
  const line = await until(running, () => /^\{.*\}$/m.exec(running.stdout())?.[0] ?? null);
  const { url, measurement } = JSON.parse(line) as { url: string; measurement: string };
  return { url, measurement, running };
}

async function stop({ running }: Started, signal: NodeJS.Signals): Promise<Ended> {
  running.child.kill(signal);
  return running.ended;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "zeta-cli-"));
  process.chdir(directory);
  service = await serve("--epoch", "100ms");
});

afterAll(async () => {
  await stop(service, "SIGKILL");
  process.chdir(tmpdir());
  rmSync(directory, { recursive: true });
});

describe("zeta put, get, del", () => {
  it("a value is stored, read and deleted", async () => {
    expect(await atService("put", "carol", "7")).toMatchObject({ code: 0, stdout: "created\n" });
    expect(await atService("put", "carol", "8")).toMatchObject({ code: 0, stdout: "replaced\n" });
    const got = await atService("get", "carol");
    expect(got).toMatchObject({ code: 0, stdout: "8\n" });
    expect(got.stderr).toMatch(/^SIMULATED TEE\nprovisional in epoch \d+/);
    expect(await atService("del", "carol")).toMatchObject({ code: 0, stdout: "deleted\n" });
    expect(await atService("del", "carol")).toMatchObject({ code: 1, stdout: "absent\n" });
    expect(await atService("get", "carol")).toMatchObject({ code: 1, stdout: "absent\n" });
  });

  it("bytes go in and come out as they are: stdin, a file, --raw", async () => {
    const bytes = Buffer.from([0, 255, 10, 195, 40, 13, 10]);
    const put = startZeta(["put", "blob", "-", "--url", service.url], { input: bytes });
    expect(await put.ended).toMatchObject({ code: 0, stdout: "created\n" });
    const got = await runHere(["get", "blob", "--raw", "--url", service.url]);
    expect([got.code, got.bytes]).toEqual([0, bytes]);
    expect(got.stderr).toMatch(/^SIMULATED TEE\nprovisional in epoch \d+/);
    const waited = await runHere(["get", "blob", "--raw", "--wait", "--url", service.url]);
    expect([waited.code, waited.bytes]).toEqual([0, bytes]);
    expect(waited.stderr).toMatch(/^verdict +certified$/m);
    writeFileSync(join(directory, "value.bin"), bytes.subarray(1));
    expect((await atService("put", "blob", "--file", "value.bin")).code).toBe(0);
    const file = await runHere(["get", "blob", "--raw", "--url", service.url]);
    expect(file.bytes).toEqual(bytes.subarray(1));
    expect((await atService("put", "blob", "--file", "/dev/null")).code).toBe(0);
    const empty = await runHere(["get", "blob", "--raw", "--url", service.url]);
    expect([empty.code, empty.bytes.length]).toEqual([0, 0]);
    expect(await atService("get", "nothing-there", "--raw")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("absent\n"),
    });
  });

  it("what is longer than a value may be is refused before anything is sent", async () => {
    const max = 1 << 20;
    writeFileSync(join(directory, "most.bin"), Buffer.alloc(max, 7));
    writeFileSync(join(directory, "more.bin"), Buffer.alloc(max + 1, 7));
    expect((await atService("put", "big", "--file", "most.bin")).code).toBe(0);
    const got = await runHere(["get", "big", "--raw", "--url", service.url]);
    expect(got.bytes.equals(Buffer.alloc(max, 7))).toBe(true);
    const refusal = "zeta: expected a value of at most 1048576 bytes, got more [value_too_large]\n";
    const file = await atService("put", "big", "--file", "more.bin");
    expect(file).toMatchObject({ code: 2, stdout: "", stderr: refusal });
    const input = Buffer.alloc(max + 1);
    const stdin = await startZeta(["put", "big", "-", "--url", service.url], { input }).ended;
    expect(stdin).toMatchObject({ code: 2, stdout: "", stderr: refusal });
    const key = await atService("put", "k".repeat(4097), "v");
    expect(key.stderr).toMatch(
      /expected a key of at most 4096 bytes, got 4097 \[key_too_long\]\n$/,
    );
    expect(key.code).toBe(2);
  });

  it("a value that begins with - goes behind --", async () => {
    expect((await atService("put", "--", "minus", "-5")).code).toBe(2);
    expect((await zeta("put", "--url", service.url, "--", "minus", "-5")).code).toBe(0);
    expect(await atService("get", "minus")).toMatchObject({ stdout: "-5\n" });
    const dash = startZeta(["put", "minus", "-", "--url", service.url], {
      input: Buffer.from("-"),
    });
    expect((await dash.ended).code).toBe(0);
    expect(await atService("get", "minus")).toMatchObject({ stdout: "-\n" });
  });

  it("--wait prints what certified the answer", async () => {
    const { code, stdout } = await atService("put", "alice", "100", "--wait");
    expect(code).toBe(0);
    for (const line of [
      "SIMULATED TEE",
      "verdict +certified",
      "quote +",
      "key +",
      "certificate +",
    ]) {
      expect(stdout).toMatch(new RegExp(`^${line}`, "m"));
    }
    expect(stdout).toMatch(/^chain +.*unbroken/m);
    expect(stdout).toMatch(/^receipt +leaf \d+ of \d+/m);
    expect(stdout).toContain(service.measurement);
  });

  it("--json tells the same to a program", async () => {
    await atService("put", "dave", "\u00fc");
    const { code, stdout } = await atService("get", "dave", "--wait", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      simulated: true,
      operation: "get",
      key: "dave",
      found: true,
      value: "\u00fc",
      valueBase64: "w7w=",
      status: "certified",
    });
  });

  it("an absence is an answer too: certified, exit 1", async () => {
    const { code, stdout } = await atService("get", "nobody", "--wait", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ found: false, value: null, status: "certified" });
  });

  it("a policy that forbids simulation refuses the service", async () => {
    const policy = { version: 1, monitors: [service.measurement] };
    writeFileSync(join(directory, "hardware.json"), JSON.stringify(policy));
    const { code, stdout, stderr } = await atService("get", "a", "--policy", "hardware.json");
    expect(stderr).toContain("[attestation_rejected]");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("nobody listening: one line, exit 1", async () => {
    const gone = await serve();
    await stop(gone, "SIGTERM");
    const { code, stdout, stderr } = await zeta("get", "a", "--url", gone.url);
    expect(stderr).toMatch(/^zeta: .*\[network_error\]\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

describe("zeta serve --threads", () => {
  it("several workers serve, certify and stop as one", async () => {
    const threaded = await serve("--epoch", "100ms", "--threads", "2");
    // Enough keys that each worker owns some.
    for (const key of ["a", "b", "c", "d"]) {
      const put = await zeta("put", key, "1", "--wait", "--json", "--url", threaded.url);
      expect(JSON.parse(put.stdout)).toMatchObject({ status: "certified" });
    }
    expect(await stop(threaded, "SIGINT")).toMatchObject({ code: 0 });
  });

  it("not while it lies on demand", async () => {
    const { code, stderr } = await zeta("serve", "--threads", "2", "--allow-attacks");
    expect(stderr).toContain("expected 1 with --allow-attacks, got 2");
    expect(code).toBe(2);
  });
});

describe("zeta evidence and verify", () => {
  it("what was certified is verified offline; another value is not", async () => {
    await atService("put", "erin", "5");
    const written = await atService("evidence", "erin", "--out", "erin.json");
    expect(written.stdout).toMatch(/^certified in epoch \d+; evidence in erin.json\n$/);
    expect(written.code).toBe(0);
    const { code, stdout } = await zeta("verify", "erin.json", "--json");
    const verdict = JSON.parse(stdout) as { steps: { ok: boolean }[] };
    expect(verdict).toMatchObject({ verdict: "certified", code: null });
    expect(verdict.steps.length).toBeGreaterThan(5);
    expect(verdict.steps.every(({ ok }) => ok)).toBe(true);
    expect(code).toBe(0);

    const evidence = JSON.parse(readFileSync(join(directory, "erin.json"), "utf8"));
    // Present, value "6".
    evidence.answer.result = "0136";
    writeFileSync(join(directory, "forged.json"), JSON.stringify(evidence));
    const forged = await zeta("verify", "forged.json", "--json");
    expect(JSON.parse(forged.stdout)).toMatchObject({
      verdict: "rejected",
      code: "answer_mismatch",
    });
    expect(forged.code).toBe(1);
  });

  it("the policy decides: another monitor, no simulation", async () => {
    await atService("evidence", "erin", "--out", "policy.json");
    for (const [policy, check] of [
      [{ allowSimulation: true, monitors: ["00".repeat(32)] }, "MEASUREMENT_NOT_ALLOWED"],
      [{ allowSimulation: false, monitors: [service.measurement] }, "SIMULATION_NOT_ALLOWED"],
    ] as const) {
      writeFileSync(join(directory, "p.json"), JSON.stringify({ version: 1, ...policy }));
      const { code, stdout } = await zeta("verify", "policy.json", "--policy", "p.json", "--json");
      expect(JSON.parse(stdout)).toMatchObject({
        verdict: "rejected",
        code: "attestation_rejected",
        check,
      });
      expect(code).toBe(1);
    }
  });

  it("a file that is no evidence is rejected", async () => {
    writeFileSync(join(directory, "text.json"), "not JSON");
    const { code, stdout } = await zeta("verify", "text.json", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "rejected", code: "evidence_malformed" });
    expect(code).toBe(1);
  });

  it("without a policy the report says that simulation was accepted", async () => {
    await atService("evidence", "erin", "--out", "loud.json");
    const { stdout } = await zeta("verify", "loud.json");
    expect(stdout).toMatch(/^SIMULATED TEE\n/);
    expect(stdout).toContain("No --policy: simulated quotes accepted");
  });
});

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
    await atService("put", "alice", "precious");
    const { code, stdout, stderr } = await atService("attack", "tamper");
    expect(stderr).toContain("zeta: expected a service started with --allow-attacks");
    expect(stdout).toBe("");
    expect(code).toBe(2);
    // It holds somebody's data, which the attack's own writes would have replaced.
    expect(await atService("get", "alice")).toMatchObject({ stdout: "precious\n" });
  });
});

describe("zeta serve", () => {
  it("says that its TEE is simulated and its data are in memory", async () => {
    const any = "127.0.0.1:0";
    const running = startZeta(["serve", "--http", any, "--resp", any, "--memory"]);
    await until(running, () => (running.stdout().includes("\ntry ") ? true : null));
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect(stdout).toMatch(/^SIMULATED TEE/);
    expect(stdout).toMatch(/^serving +http:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^redis +127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^page +http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(stdout).toContain(service.measurement);
    expect(stdout).toMatch(/^data +in memory only/m);
    expect(stderr).toContain("SIGINT: certifying the last epoch");
    expect(code).toBe(0);
  });

  it("a port in use: one line, exit 2", async () => {
    const { host } = new URL(service.url);
    const { code, stdout, stderr } = await zeta("serve", "--memory", "--http", host);
    expect(stderr).toMatch(/^zeta: expected a free port, got 127\.0\.0\.1:\d+.*\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("a port of the Redis protocol in use: one line that says what else to do, exit 2", async () => {
    const taken = new URL(service.url).host;
    const args = ["serve", "--memory", "--http", "127.0.0.1:0", "--resp", taken];
    const { code, stdout, stderr } = await zeta(...args);
    expect(stderr).toMatch(/^zeta: expected a free port, got 127\.0\.0\.1:\d+, which is in use; /);
    expect(stderr).toMatch(/ --resp HOST:PORT takes another .* --resp off none .*\n$/);
    expect(stderr.split("\n")).toHaveLength(2);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  it("SIGTERM stops it cleanly", async () => {
    const other = await serve();
    expect((await stop(other, "SIGTERM")).code).toBe(0);
  });
});

/** Waits until the service has certified an epoch; whether a client hears of it is another matter. */
async function certifiedTo({ url }: Started, epoch: number): Promise<void> {
  for (;;) {
    const latest = await (await fetch(`${url}/v1/epochs/latest`)).json();
    if ((latest.certified ?? -1) >= epoch) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("zeta serve with data", () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "zeta-data-"));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const ask = (command: string, key: string, at: Started, ...more: string[]) =>
    zeta(command, key, ...more, "--url", at.url);

  it("killed or stopped, goes on where it was, and clients check that it does", async () => {
    const first = await serveIn(home, "--epoch", "100ms");
    expect((await ask("put", "alice", first, "100", "--wait")).code).toBe(0);
    await stop(first, "SIGKILL");
    const second = await serveIn(home, "--epoch", "100ms");
    const got = await ask("get", "alice", second, "--wait");
    expect(got.stdout).toMatch(/^100\n/);
    expect(got.stdout).toMatch(/^lineage +/m);
    expect(got.code).toBe(0);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    const third = await serveIn(home, "--epoch", "100ms");
    expect(await ask("get", "alice", third)).toMatchObject({ code: 0, stdout: "100\n" });
    const out = join(home, "alice.json");
    expect((await ask("evidence", "alice", third, "--out", out)).code).toBe(0);
    await stop(third, "SIGKILL");
    expect(await zeta("verify", out)).toMatchObject({ code: 0 });
  });

  it("killed twice, and stopped, while a client waits: what was certified is proven to it", async () => {
    const first = await serveIn(home, "--epoch", "100ms");
    const { port } = new URL(first.url);
    const client = await connect(first.url, { trust: { simulation: true } });
    onTestFinished(() => client.close());
    await (await client.put("dora", "1")).certified();
    const put = await client.put("dora", "2");
    await certifiedTo(first, put.epoch);
    await stop(first, "SIGKILL");
    // The second one runs the journal, and makes a checkpoint because it ran a call of its own; the third and the fourth go on from there.
    const second = await serveIn(home, "--epoch", "100ms");
    expect((await ask("put", "emil", second, "3", "--wait")).code).toBe(0);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    const third = await serveIn(home, "--epoch", "100ms");
    expect((await ask("put", "emil", third, "4", "--wait")).code).toBe(0);
    await stop(third, "SIGKILL");
    const fourth = await serveIn(home, "--epoch", "100ms", "--http", `127.0.0.1:${port}`);
    const proof = await put.certified();
    expect(proof.report()).toContain("lineage");
    const out = join(home, "dora.json");
    writeFileSync(out, JSON.stringify(proof.evidence()));
    expect(await runHere(["verify", out])).toMatchObject({ code: 0 });
    const got = await client.get("emil");
    expect(String((await got.certified()).value)).toBe("4");
    await stop(fourth, "SIGKILL");
  });

  it("on several threads, killed, and stopped, and on other numbers of them", async () => {
    const threads = (count: number) => serveIn(home, "--epoch", "100ms", "--threads", `${count}`);
    const keys = ["k1", "k2", "k3", "k4"];
    const first = await threads(2);
    for (const key of keys) {
      expect((await ask("put", key, first, "1", "--wait")).code).toBe(0);
    }
    await stop(first, "SIGKILL");
    const second = await threads(2);
    for (const key of keys) expect((await ask("get", key, second)).stdout).toBe("1\n");
    expect((await ask("put", "k1", second, "2", "--wait")).code).toBe(0);
    expect((await stop(second, "SIGTERM")).code).toBe(0);
    const third = await threads(3);
    const got = await ask("get", "k1", third, "--wait");
    expect(got.stdout).toMatch(/^2\n/);
    expect(got.stdout).toMatch(/^lineage +/m);
    expect((await ask("put", "k2", third, "3", "--wait")).code).toBe(0);
    await stop(third, "SIGKILL");
    const last = await threads(1);
    for (const [key, value] of Object.entries({ k1: 2, k2: 3, k3: 1 })) {
      expect((await ask("get", key, last, "--wait")).stdout).toMatch(`${value}\n`);
    }
    expect((await stop(last, "SIGTERM")).code).toBe(0);
  });

  it("a directory of something else: one line, exit 2", async () => {
    const place = join(home, "foreign");
    mkdirSync(join(place, "kv"), { recursive: true });
    writeFileSync(join(place, "kv", "letter.txt"), "dear");
    const args = ["serve", "--http", "127.0.0.1:0", "--resp", "off", "--data", place];
    const { code, stdout, stderr } = await zeta(...args);
    expect(stderr).toBe(
      `zeta: expected ${join(place, "kv")} to be empty or a storage, got letter.txt in it; ` +
        "--data DIRECTORY takes another place, --memory none [storage_foreign]\n",
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readFileSync(join(place, "kv", "letter.txt"), "utf8")).toBe("dear");
  });

  it("a directory in use: one line, exit 2", async () => {
    const first = await serveIn(home);
    const second = startZeta(["serve", "--http", "127.0.0.1:0", "--resp", "off"], { cwd: home });
    const { code, stdout, stderr } = await second.ended;
    expect(stderr).toMatch(/^zeta: expected nobody else to write to .*\[storage_in_use\]\n$/);
    expect(stderr).toContain(`got a writer in process ${first.running.child.pid}; --data `);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    await stop(first, "SIGKILL");
  });
});

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
