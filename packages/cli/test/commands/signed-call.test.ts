// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";
import { type Ended, type Running, startZeta, until } from "../support/zeta.ts";

let directory: string;
let service: Running;
let url: string;
const file = (name: string) => join(directory, name);

async function publicKey(name: string): Promise<string> {
  return (await runHere(["key", file(name)])).stdout.trim();
}

function call(operation: string, args: object, ...options: string[]): Promise<Ended> {
  return runHere(["call", operation, JSON.stringify(args), ...options, "--url", url]);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "zeta-keys-"));
  const args = ["--service", "wallet", "--http", "127.0.0.1:0", "--epoch", "100ms", "--json"];
  service = startZeta(["serve", "--memory", ...args]);
  const line = await until(service, () => /^\{.*\}$/m.exec(service.stdout())?.[0] ?? null);
  ({ url } = JSON.parse(line) as { url: string });
});

afterAll(async () => {
  service.child.kill("SIGKILL");
  await service.ended;
  rmSync(directory, { recursive: true });
});

describe("zeta key", () => {
  it("makes a key that only its owner reads, and shows the same one again", async () => {
    const made = await runHere(["key", file("new.pem")]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
    expect(made.stderr).toContain("keep it");
    expect(readFileSync(file("new.pem"), "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    if (process.platform !== "win32") expect(statSync(file("new.pem")).mode & 0o777).toBe(0o600);
    expect(await runHere(["key", file("new.pem")])).toMatchObject({ ...made, stderr: "" });
    const { stdout } = await runHere(["key", file("new.pem"), "--json"]);
    const publicKey = made.stdout.trim();
    expect(JSON.parse(stdout)).toEqual({ file: file("new.pem"), made: false, publicKey });
  });

  it("what is no Ed25519 key, or no place for one: exit 2", async () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    writeFileSync(file("ec.pem"), ec.export({ format: "pem", type: "pkcs8" }));
    writeFileSync(file("text.pem"), "hello");
    const expected = "expected an Ed25519 private key in PEM, got";
    for (const [name, said] of [
      ["ec.pem", `${expected} a key for ec`],
      ["text.pem", `${expected} something else`],
      ["missing/me.pem", "expected a file for a key, got: ENOENT"],
      [".", "expected a file for a key, got: EISDIR"],
    ] as const) {
      const { code, stderr } = await runHere(["key", file(name)]);
      expect([code, stderr.trim().split("\n").length], stderr).toEqual([2, 1]);
      expect(stderr).toContain(said);
    }
  });
});

describe("zeta call --key", () => {
  it("money moves with its owner's key and number, and not without", async () => {
    const issuer = await publicKey("issuer");
    const ada = await publicKey("ada");
    const bob = await publicKey("bob");
    const issued = { issuer, to: ada, amount: 100 };
    const byIssuer = ["--key", file("issuer"), "--sequence", "0"];
    expect(await call("issue", issued, ...byIssuer)).toMatchObject({ code: 0 });
    const payment = { issuer, from: ada, to: bob, amount: 30 };
    const byAda = ["--key", file("ada"), "--sequence", "0"];
    const paid = await call("transfer", payment, ...byAda, "--wait");
    expect(paid.stdout).toMatch(/^\{"done":true,"balance":70,"sequence":1\}\n/);
    expect(paid.stdout).toMatch(/^verdict +certified$/m);
    for (const options of [byAda, ["--key", file("bob"), "--sequence", "1"]]) {
      const { code, stderr } = await call("transfer", payment, ...options);
      expect(stderr).toContain("not executed");
      expect(stderr).toContain("under sequence number 1, got another signature");
      expect(code).toBe(1);
    }
    const left = await call("account", { issuer, owner: ada });
    expect(left.stdout).toBe('{"balance":70,"sequence":1}\n');
  });

  it("options that do not fit: exit 2, one line", async () => {
    const owner = await publicKey("ada");
    const payment = { issuer: owner, from: owner, to: owner, amount: 1 };
    const key = ["--key", file("ada")];
    for (const [operation, args, options, said] of [
      [
        "transfer",
        payment,
        [],
        "transfer: expected a signature (--key FILE --sequence N), got none",
      ],
      ["transfer", payment, key, "--key: expected --sequence N with it"],
      ["transfer", payment, ["--sequence", "1"], "--sequence: expected --key with it"],
      ["transfer", payment, [...key, "--sequence", "-1"], "--sequence: expected a whole number"],
      [
        "account",
        { issuer: owner, owner },
        [...key, "--sequence", "1"],
        "expected an operation that asks for",
      ],
      ["transfer", { ...payment, signature: "00" }, [...key, "--sequence", "1"], "no signature"],
      ["transfer", payment, ["--key", file("none"), "--sequence", "1"], "ENOENT"],
    ] as const) {
      const { code, stderr } = await call(operation, args, ...options);
      expect(stderr).toContain(said);
      expect(code, said).toBe(2);
    }
  });
});
