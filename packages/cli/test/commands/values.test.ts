// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";
import { ownDirectory, SharedService, serve, stop, zeta } from "../support/services.ts";
import { startZeta } from "../support/zeta.ts";

const directory = ownDirectory();
const service = new SharedService();

describe("zeta put, get, del", () => {
  it("a value is stored, read and deleted", async () => {
    expect(await service.ask("put", "carol", "7")).toMatchObject({ code: 0, stdout: "created\n" });
    expect(await service.ask("put", "carol", "8")).toMatchObject({ code: 0, stdout: "replaced\n" });
    const got = await service.ask("get", "carol");
    expect(got).toMatchObject({ code: 0, stdout: "8\n" });
    expect(got.stderr).toMatch(/^SIMULATED TEE\nprovisional in epoch \d+/);
    expect(await service.ask("del", "carol")).toMatchObject({ code: 0, stdout: "deleted\n" });
    expect(await service.ask("del", "carol")).toMatchObject({ code: 1, stdout: "absent\n" });
    expect(await service.ask("get", "carol")).toMatchObject({ code: 1, stdout: "absent\n" });
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
    writeFileSync(join(directory.path, "value.bin"), bytes.subarray(1));
    expect((await service.ask("put", "blob", "--file", "value.bin")).code).toBe(0);
    const file = await runHere(["get", "blob", "--raw", "--url", service.url]);
    expect(file.bytes).toEqual(bytes.subarray(1));
    expect((await service.ask("put", "blob", "--file", "/dev/null")).code).toBe(0);
    const empty = await runHere(["get", "blob", "--raw", "--url", service.url]);
    expect([empty.code, empty.bytes.length]).toEqual([0, 0]);
    expect(await service.ask("get", "nothing-there", "--raw")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("absent\n"),
    });
  });

  it("what is longer than a value may be is refused before anything is sent", async () => {
    const max = 1 << 20;
    writeFileSync(join(directory.path, "most.bin"), Buffer.alloc(max, 7));
    writeFileSync(join(directory.path, "more.bin"), Buffer.alloc(max + 1, 7));
    expect((await service.ask("put", "big", "--file", "most.bin")).code).toBe(0);
    const got = await runHere(["get", "big", "--raw", "--url", service.url]);
    expect(got.bytes.equals(Buffer.alloc(max, 7))).toBe(true);
    const refusal = "zeta: expected a value of at most 1048576 bytes, got more [value_too_large]\n";
    const file = await service.ask("put", "big", "--file", "more.bin");
    expect(file).toMatchObject({ code: 2, stdout: "", stderr: refusal });
    const input = Buffer.alloc(max + 1);
    const stdin = await startZeta(["put", "big", "-", "--url", service.url], { input }).ended;
    expect(stdin).toMatchObject({ code: 2, stdout: "", stderr: refusal });
    const key = await service.ask("put", "k".repeat(4097), "v");
    expect(key.stderr).toMatch(
      /expected a key of at most 4096 bytes, got 4097 \[key_too_long\]\n$/,
    );
    expect(key.code).toBe(2);
  });

  it("a value that begins with - goes behind --", async () => {
    expect((await service.ask("put", "--", "minus", "-5")).code).toBe(2);
    expect((await zeta("put", "--url", service.url, "--", "minus", "-5")).code).toBe(0);
    expect(await service.ask("get", "minus")).toMatchObject({ stdout: "-5\n" });
    const dash = startZeta(["put", "minus", "-", "--url", service.url], {
      input: Buffer.from("-"),
    });
    expect((await dash.ended).code).toBe(0);
    expect(await service.ask("get", "minus")).toMatchObject({ stdout: "-\n" });
  });

  it("--wait prints what certified the answer", async () => {
    const { code, stdout } = await service.ask("put", "alice", "100", "--wait");
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
    await service.ask("put", "dave", "\u00fc");
    const { code, stdout } = await service.ask("get", "dave", "--wait", "--json");
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
    const { code, stdout } = await service.ask("get", "nobody", "--wait", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ found: false, value: null, status: "certified" });
  });

  it("a policy that forbids simulation refuses the service", async () => {
    const policy = { version: 1, monitors: [service.measurement] };
    writeFileSync(join(directory.path, "hardware.json"), JSON.stringify(policy));
    const { code, stdout, stderr } = await service.ask("get", "a", "--policy", "hardware.json");
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
