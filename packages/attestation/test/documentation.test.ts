// SPDX-License-Identifier: Apache-2.0
/** docs/attestation.md says what is so. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ATTESTATION_CODES } from "../src/error.ts";
import { parsePolicyFile } from "../src/policy-file.ts";

const text = readFileSync(new URL("../../../docs/attestation.md", import.meta.url), "utf8");

it("every policy in it is one", () => {
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(parsePolicyFile(block).sgx).not.toBeNull();
  for (const name of ["policy-tdx", "policy-snp"]) {
    const example = new URL(`../../../docs/examples/${name}.yaml`, import.meta.url);
    expect(() => parsePolicyFile(readFileSync(example, "utf8"))).not.toThrow();
  }
});

it("every code is listed, and no other", () => {
  const table = text.slice(text.indexOf("## Codes"), text.indexOf("## Tests"));
  const listed = [...table.matchAll(/`([A-Z_]+)`/g)].map(([, code = ""]) => code);
  expect(listed.sort()).toEqual([...ATTESTATION_CODES].sort());
});
