// SPDX-License-Identifier: Apache-2.0
import { LINEAGE_MAX } from "@zeta/attestation/service-lineage";
import { expect, test } from "vitest";
import { lineageText } from "../../src/serve/lineage-text.ts";

test("an operator hears in time that a lineage is nearly full", () => {
  expect(lineageText(0)).toBeNull();
  expect(lineageText(LINEAGE_MAX - 101)).toBeNull();
  expect(lineageText(LINEAGE_MAX - 100)).toMatch(/^900 of at most 1000 instances/);
  expect(lineageText(LINEAGE_MAX - 1)).toMatch(/^999 of at most 1000 instances/);
});
