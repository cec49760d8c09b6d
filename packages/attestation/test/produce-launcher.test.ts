// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { publicKeyOf } from "@zeta/protocol/signature";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemFileTree } from "../src/produce/file-tree.ts";
import { readLauncherHandover } from "../src/produce/launcher-file.ts";
import { ethereumAddressOf, reportDataV0, reportDataV1 } from "../src/report-data.ts";
import { codeOf } from "./support/codes.ts";
import { sgxQuote, tdxQuote } from "./support/fake-devices.ts";
import { readFixture } from "./support/samples.ts";

// The public test key of Ethereum tooling, whose address a real quote binds.
const KEY = "c87509a1c067bbde78beb793e6fa76530b6382a4c0241e5e4a9ec0a0f44dc0d3";
const publicKey = publicKeyOf(fromHex(KEY));
const bound = reportDataV1(ethereumAddressOf(publicKey));

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "zeta-launcher-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function quoteFile(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}

function environment(path: string, changes: Record<string, string | undefined> = {}) {
  return { T_SIGNING_KEY: KEY, T_TEE_TYPE: "sgx", T_ATTESTATION_QUOTE_FILE_PATH: path, ...changes };
}

describe("a launcher's handover", () => {
  it("is a key, and a quote that binds it", async () => {
    const path = await quoteFile(
      "real",
      readFixture("sgx-v3/teepot-ethaddr-nocollateral/quote.bin"),
    );
    const env = environment(path);
    const handover = await readLauncherHandover({ environment: env, prefix: "T_" });
    expect(toHex(handover.address)).toBe("627306090abab3a6e1400e9345bc60c78a8bef57");
    expect(handover.attestation?.tee).toBe("sgx");
    expect(Object.keys(env)).not.toContain("T_SIGNING_KEY");
  });

  it("may be of a TD, padded, or bind the key itself", async () => {
    const tdx = await quoteFile("tdx", tdxQuote(bound));
    const handover = await readLauncherHandover({
      environment: environment(tdx, { T_TEE_TYPE: "tdx" }),
      prefix: "T_",
    });
    expect(handover.attestation?.tee).toBe("tdx");
    const v0 = await quoteFile("v0", sgxQuote(reportDataV0(publicKey)));
    const old = await readLauncherHandover({ environment: environment(v0), prefix: "T_" });
    expect(old.attestation?.tee).toBe("sgx");
  });

  it("is no attestation when the launcher had none", async () => {
    const empty = await quoteFile("empty", new Uint8Array(0));
    for (const changes of [{}, { T_TEE_TYPE: "none" }, { T_TEE_TYPE: undefined }]) {
      const handover = await readLauncherHandover({
        environment: environment(empty, changes),
        prefix: "T_",
      });
      expect(handover.attestation).toBeNull();
      expect(toHex(handover.publicKey)).toBe(toHex(publicKey));
    }
  });

  it("is absent without a key", async () => {
    expect(await codeOf(() => readLauncherHandover({ environment: {}, prefix: "T_" }))).toBe(
      "TEE_UNAVAILABLE",
    );
  });

  const padded = bound.slice();
  padded[40] = 1;
  const failures: [string, Uint8Array, Record<string, string | undefined>][] = [
    ["a quote that binds another key", sgxQuote(new Uint8Array(64)), {}],
    ["a quote whose padding is not zero", sgxQuote(padded), {}],
    ["a quote of another TEE than it says", tdxQuote(bound), {}],
    ["half a quote", sgxQuote(bound).subarray(0, 700), {}],
    ["garbage", new Uint8Array(100).fill(0x41), {}],
    ["an unknown TEE", sgxQuote(bound), { T_TEE_TYPE: "nitro" }],
    ["no path", sgxQuote(bound), { T_ATTESTATION_QUOTE_FILE_PATH: undefined }],
    ["no file", sgxQuote(bound), { T_ATTESTATION_QUOTE_FILE_PATH: "/nonexistent/quote" }],
    ["a key that is no hex", sgxQuote(bound), { T_SIGNING_KEY: `0x${KEY}` }],
    ["a key of zero", sgxQuote(bound), { T_SIGNING_KEY: "00".repeat(32) }],
    ["a key beyond the curve", sgxQuote(bound), { T_SIGNING_KEY: "ff".repeat(32) }],
  ];
  it.each(failures)("is refused with %s", async (name, bytes, changes) => {
    const path = await quoteFile(name.replaceAll(" ", "-"), bytes);
    const env: Record<string, string | undefined> = environment(path, changes);
    expect(await codeOf(() => readLauncherHandover({ environment: env, prefix: "T_" }))).toBe(
      "PRODUCER_FAILED",
    );
    expect(env.T_SIGNING_KEY).toBeUndefined();
  });

  it("never repeats the key in a message", async () => {
    const env = environment("/nonexistent", { T_SIGNING_KEY: `${KEY}00` });
    const failure = readLauncherHandover({ environment: env, prefix: "T_" });
    await expect(failure).rejects.not.toThrow(KEY);
  });
});

describe("the real file tree", () => {
  it("follows no symbolic link, makes no file and reads no more than asked", async () => {
    const path = await quoteFile("plain", new Uint8Array(1000).fill(3));
    await symlink(path, join(directory, "link"));
    await expect(systemFileTree.read(join(directory, "link"), 10)).rejects.toThrow("ELOOP");
    await expect(systemFileTree.write(join(directory, "new"), Uint8Array.of(1))).rejects.toThrow(
      "ENOENT",
    );
    expect((await systemFileTree.read(path, 10)).length).toBe(11);
    expect((await systemFileTree.read(path, 5000)).length).toBe(1000);
    await systemFileTree.write(path, Uint8Array.of(9));
    expect((await systemFileTree.read(path, 5000))[0]).toBe(9);
    await systemFileTree.makeDirectory(join(directory, "entry"));
    await systemFileTree.removeDirectory(join(directory, "entry"));
  });
});
