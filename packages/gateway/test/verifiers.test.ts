// SPDX-License-Identifier: Apache-2.0
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CommandVerifierOptions, commandVerifier } from "../src/verify/command-verifier.ts";
import { type BatchToVerify, verdictFromJson } from "../src/verify/verifier.ts";
import { type WorkerVerifierOptions, workerVerifier } from "../src/verify/worker-verifier.ts";
import { rootOf, temporaryDirectory, until } from "./support/gateway.ts";

let folder: ReturnType<typeof temporaryDirectory>;
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = temporaryDirectory();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  folder.remove();
});

const data = new Uint8Array(Buffer.from("batch 7"));
const batch: BatchToVerify = {
  facts: {
    number: 7,
    service: "kv",
    previousRoot: rootOf(6),
    root: rootOf(7),
    receiptsRoot: new Uint8Array(32),
    digest: sha256(data),
    bytes: data.length,
  },
  data,
};
const verdict = {
  verdict: "verified",
  batch_number: 7,
  service: "kv",
  previous_root: toHex(rootOf(6)),
  root: toHex(rootOf(7)),
};
const VERIFIED = {
  verdict: "verified",
  batchNumber: 7,
  service: "kv",
  previousRoot: rootOf(6),
  root: rootOf(7),
  receiptsRoot: null,
};
const forever = () => new AbortController().signal;

describe("an external command", () => {
  /** A program in Node's own language, started by a shell line. */
  function command(script: string, options: Partial<CommandVerifierOptions> = {}) {
    const program = join(folder.path, "program.sh");
    const module = join(folder.path, "program.mjs");
    writeFileSync(module, script);
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${module}" "$@"\n`);
    chmodSync(program, 0o755);
    const verifier = commandVerifier({
      command: program,
      args: [],
      timeoutMs: 20_000,
      memoryBytes: null,
      input: "envelope",
      environment: {},
      ...options,
    });
    closing.push(verifier.close);
    return verifier;
  }
  const reading = `let text = ""; for await (const chunk of process.stdin) text += chunk;`;

  test("reads the batch as JSON and says its verdict", async () => {
    const verifier = command(`${reading}
      const { batch_number, service, previous_root, root, data } = JSON.parse(text);
      if (Buffer.from(data, "base64").toString() !== "batch 7") process.exit(9);
      console.log(JSON.stringify({ verdict: "verified", batch_number, service, previous_root, root }));`);
    expect(await verifier.verify(batch, forever())).toEqual(VERIFIED);
  });

  test("raw: reads the data itself, for batches of old servers", async () => {
    const verifier = command(
      `${reading} console.log(JSON.stringify({ verdict: "rejected", check: "x", detail: text }));`,
      { input: "raw" },
    );
    expect(await verifier.verify({ facts: null, data }, forever())).toEqual({
      verdict: "rejected",
      check: "x",
      detail: "batch 7",
    });
  });

  test("finds nothing in its environment but what it was given", async () => {
    process.env.TEE_PROVER_SECRET_FOR_TEST = "secret";
    const script = `console.log(JSON.stringify({ verdict: "rejected", check: "env",
      detail: JSON.stringify(Object.keys(process.env).filter((name) => /TEE|GIVEN/.test(name))) }));`;
    const verifier = command(script, { environment: { GIVEN: "1" } });
    expect(await verifier.verify(batch, forever())).toMatchObject({ detail: '["GIVEN"]' });
    delete process.env.TEE_PROVER_SECRET_FOR_TEST;
  });

  test.each<[string, string, string]>([
    ["that fails", "console.error('no luck'); process.exit(3);", "verifier_crashed"],
    ["that says nothing", "", "verifier_malformed"],
    ["that says something else", "console.log('{}')", "verifier_malformed"],
    [
      "that says too much",
      "console.log('x'.repeat(70_000)); setTimeout(() => {}, 60_000)",
      "verifier_malformed",
    ],
    [
      "that is killed",
      "process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 60_000)",
      "verifier_crashed",
    ],
  ])("%s", async (_what, script, code) => {
    await expect(command(script).verify(batch, forever())).rejects.toMatchObject({ code });
  });

  test("that takes too long is ended, with what it started", async () => {
    const mark = join(folder.path, "mark");
    const script = `import { spawn } from "node:child_process";
      spawn("/bin/sh", ["-c", "sleep 3; echo x > ${mark}"]); setTimeout(() => {}, 60_000);`;
    const verifier = command(script, { timeoutMs: 1000 });
    await expect(verifier.verify(batch, forever())).rejects.toMatchObject({
      code: "verifier_timeout",
    });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(existsSync(mark)).toBe(false);
  });

  test("an abort ends it", async () => {
    const stop = new AbortController();
    const done = command("setTimeout(() => {}, 60_000)").verify(batch, stop.signal);
    stop.abort();
    await expect(done).rejects.toMatchObject({ code: "verifier_aborted" });
  });

  test("a memory limit is set", async () => {
    // `ulimit -v` as the program sees it: in KiB.
    const program = join(folder.path, "limit.sh");
    writeFileSync(
      program,
      `#!/bin/sh\necho '{"verdict":"rejected","check":"limit","detail":"'$(ulimit -v)'"}'\n`,
    );
    chmodSync(program, 0o755);
    const verifier = commandVerifier({
      command: program,
      args: [],
      timeoutMs: 20_000,
      memoryBytes: 512 * 2 ** 20,
      input: "envelope",
      environment: {},
    });
    expect(await verifier.verify(batch, forever())).toMatchObject({ detail: "524288" });
  });

  test("its measurement is that of the program", () => {
    const verifier = command("");
    const other = command("1", { command: "/bin/sh" });
    expect(toHex(verifier.measurement)).not.toBe(toHex(other.measurement));
  });
});

describe("a module in a thread", () => {
  function worker(body: string, options: Partial<WorkerVerifierOptions> = {}) {
    const module = join(folder.path, `verifier-${closing.length}.mjs`);
    writeFileSync(module, `export async function verifyBatch(batch) { ${body} }\n`);
    const verifier = workerVerifier({
      module: pathToFileURL(module),
      timeoutMs: 20_000,
      memoryBytes: null,
      ...options,
    });
    closing.push(verifier.close);
    return verifier;
  }
  const honest = `return ${JSON.stringify(verdict)};`;

  test("gets the batch and says its verdict, again and again", async () => {
    const verifier = worker(
      `if (Buffer.from(batch.data).toString() !== "batch 7") throw 1; ${honest}`,
    );
    for (let time = 0; time < 3; time++) {
      expect(await verifier.verify(batch, forever())).toEqual(VERIFIED);
    }
    const both = [verifier.verify(batch, forever()), verifier.verify(batch, forever())];
    expect(await Promise.all(both)).toEqual([VERIFIED, VERIFIED]);
  });

  test("that ends between two batches does not keep the next one waiting for an answer", async () => {
    const flag = join(folder.path, "ended");
    const exit = `process.on("exit", () => writeFileSync(${JSON.stringify(flag)}, ""))`;
    const verifier = worker(
      `const { writeFileSync } = await import("node:fs");
       ${exit}; setImmediate(() => process.exit()); ${honest}`,
      { timeoutMs: 10_000 },
    );
    expect(await verifier.verify(batch, forever())).toEqual(VERIFIED);
    await until(() => existsSync(flag));
    await new Promise((heard) => setTimeout(heard, 200));
    // Its end may be heard before the next batch or, on a slow machine, with it.
    const next = verifier.verify(batch, forever()).catch(({ code }) => code);
    expect([VERIFIED, "verifier_crashed"]).toContainEqual(await next);
  });

  test("does not stop the event loop", async () => {
    const verifier = worker(`const end = Date.now() + 300; while (Date.now() < end); ${honest}`);
    let turns = 0;
    let isOver = false;
    const done = verifier.verify(batch, forever()).finally(() => {
      isOver = true;
    });
    await until(() => {
      turns++;
      return isOver;
    });
    await done;
    expect(turns).toBeGreaterThan(3);
  });

  test.each<[string, string, string]>([
    ["that throws", "throw new Error('no luck');", "verifier_crashed"],
    ["that ends its thread", "process.exit(1);", "verifier_crashed"],
    ["that says something else", "return 1;", "verifier_malformed"],
  ])("%s; the next batch gets a fresh thread", async (_what, wrong, code) => {
    const verifier = worker(`if (batch.facts === null) { ${wrong} } ${honest}`);
    await expect(verifier.verify({ facts: null, data }, forever())).rejects.toMatchObject({ code });
    expect(await verifier.verify(batch, forever())).toEqual(VERIFIED);
  });

  test("that hangs is ended in time", async () => {
    const verifier = worker(`if (batch.facts === null) while (true); ${honest}`, {
      timeoutMs: 2000,
    });
    await expect(verifier.verify({ facts: null, data }, forever())).rejects.toMatchObject({
      code: "verifier_timeout",
    });
    expect(await verifier.verify(batch, forever())).toEqual(VERIFIED);
  });

  test("that outgrows its memory is ended", async () => {
    const verifier = worker(
      "const all = []; while (true) all.push(new Array(1000).fill(all.length));",
      {
        memoryBytes: 32 * 2 ** 20,
      },
    );
    await expect(verifier.verify(batch, forever())).rejects.toMatchObject({
      code: "verifier_memory",
    });
  });

  test("an abort ends it, even in a loop", async () => {
    const stop = new AbortController();
    const done = worker("while (true);").verify(batch, stop.signal);
    setTimeout(() => stop.abort(), 100);
    await expect(done).rejects.toMatchObject({ code: "verifier_aborted" });
  });
});

test.each([
  [null],
  [{ verdict: "verified" }],
  [{ ...verdict, root: verdict.root.toUpperCase() }],
  [{ ...verdict, batch_number: -1 }],
  [{ ...verdict, more: 1 }],
  [{ verdict: "rejected", check: "a check", detail: "" }],
])("%j is no verdict", (json) => {
  expect(() => verdictFromJson(json)).toThrow(/expected a verdict/);
});
