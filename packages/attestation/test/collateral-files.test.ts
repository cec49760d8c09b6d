// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCollateralPath, readQuoteFile } from "../src/collateral-files.ts";
import { dcapCollateralToText } from "../src/dcap/collateral.ts";
import { verifyEvidence } from "../src/evidence.ts";
import { amdWorld } from "./support/amd-world.ts";
import { codeOf } from "./support/codes.ts";
import { dcapSample, snpSample } from "./support/samples.ts";
import { pem } from "./support/test-pki.ts";

const fixture = (path: string): string =>
  fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "zeta-collateral-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("files of a command line", () => {
  it("are a quote and a collateral file for SGX and TDX", async () => {
    const sample = dcapSample("tdx-v4/near");
    expect(await readQuoteFile(fixture("tdx-v4/near/quote.bin"))).toEqual(sample.quote);
    const collateral = await readCollateralPath(fixture("tdx-v4/near/collateral.json"));
    expect(collateral).toEqual(sample.collateral);
    if (collateral.kind !== "dcap") throw new Error(collateral.kind);
    const again = join(directory, "again.json");
    await writeFile(again, dcapCollateralToText(collateral));
    expect(await readCollateralPath(again)).toEqual(collateral);
  });

  it("are a directory for SEV-SNP, with or without a revocation list", async () => {
    const sample = snpSample("sev-snp/microsoft-genoa");
    expect(await readCollateralPath(fixture(sample.id))).toEqual(sample.collateral);
    const made = amdWorld();
    const { vek, ask, ark, crl } = made.collateral;
    await writeFile(join(directory, "vlek.pem"), pem(vek));
    await writeFile(join(directory, "ask.pem"), pem(ask));
    await writeFile(join(directory, "ark.pem"), pem(ark));
    await writeFile(join(directory, "crl.der"), crl ?? "");
    const collateral = await readCollateralPath(directory);
    const evidence = await verifyEvidence(made.quote, { ...made, collateral });
    expect(evidence.tee === "sev-snp" && evidence.revocationChecked).toBe(true);
  });

  it("are refused when they are too large, no text, no JSON or not there", async () => {
    const large = join(directory, "large");
    await writeFile(large, new Uint8Array(40_000));
    expect(await codeOf(() => readQuoteFile(large))).toBe("QUOTE_TOO_LARGE");
    const binary = join(directory, "binary");
    await writeFile(binary, Uint8Array.of(0xff, 0xfe));
    expect(await codeOf(() => readCollateralPath(binary))).toBe("COLLATERAL_MALFORMED");
    const broken = join(directory, "broken");
    for (const text of [
      "{",
      "[]",
      "{}",
      '{"tcb_info": 1}',
      '{"tcb_info": "", "tcb_info_signature": "00"}',
    ]) {
      await writeFile(broken, text);
      expect(await codeOf(() => readCollateralPath(broken))).toBe("COLLATERAL_MALFORMED");
    }
    await expect(readCollateralPath(join(directory, "none"))).rejects.toThrow("ENOENT");
  });
});
