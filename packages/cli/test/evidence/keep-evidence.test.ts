// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Evidence } from "@zeta/client";
import { type RefusalCode, RefusedError } from "@zeta/client/refusal";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepEvidence } from "../../src/evidence/evidence-file.ts";
import { keepRefusal, tellRefusal } from "../../src/evidence/tell-refusal.ts";

const EVIDENCE = { format: "zeta.evidence", version: 1 } as unknown as Evidence;

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zeta-kept-"));
  said = [];
  vi.spyOn(process.stderr, "write").mockImplementation((line) => said.push(String(line)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("evidence goes beside what is there", () => {
  const name = join(folder, "zeta-evidence.json");
  expect(keepEvidence(name, EVIDENCE)).toBe(name);
  expect(keepEvidence(name, EVIDENCE)).toBe(join(folder, "zeta-evidence-2.json"));
  expect(JSON.parse(readFileSync(name, "utf8"))).toMatchObject(EVIDENCE);
});

test("where nothing can be written, that is said, and nothing is thrown: the refusal is still to be told", () => {
  expect(keepEvidence(join(folder, "none", "zeta-evidence.json"), EVIDENCE)).toBeNull();
  expect(said.join("")).toMatch(
    /^zeta: the evidence is not kept: .*zeta-evidence\.json: expected a file that can be written, got ENOENT\n$/,
  );
});

test.each<[RefusalCode, string]>([
  ["service_error", "no answer"],
  ["network_error", "no answer"],
  ["certification_timeout", "no certificate"],
  ["answer_lost", "no certificate"],
])("%s accuses nobody: it is told as %s, and no file is left", (code, word) => {
  const refusal = new RefusedError(code, "expected one thing, got another", { evidence: EVIDENCE });
  const before = process.cwd();
  process.chdir(folder);
  const path = keepRefusal(refusal);
  process.chdir(before);
  expect(path).toBeNull();
  expect(existsSync(join(folder, "zeta-evidence.json"))).toBe(false);
  tellRefusal(refusal, path);
  expect(said).toEqual([`zeta: ${word}: expected one thing, got another [${code}]\n`]);
});

test("a lie is REFUSED, with the evidence and how to check it", () => {
  const refusal = new RefusedError("fork", "expected one, got two", { evidence: EVIDENCE });
  tellRefusal(refusal, "zeta-evidence.json");
  expect(said[0]).toBe("zeta: REFUSED: expected one, got two [fork]\n");
  expect(said[1]).toMatch(/evidence in zeta-evidence.json; check it with: .*zeta verify zeta-evi/);
});
