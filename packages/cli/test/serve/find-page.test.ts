// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { findPage } from "../../src/serve/find-page.ts";

test("the page is where its first file is, and nowhere before it was built", () => {
  const folder = mkdtempSync(join(tmpdir(), "zeta-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const index = join(folder, "index.html");
  expect(findPage(pathToFileURL(index).href)).toBeNull();
  writeFileSync(index, "");
  expect(findPage(pathToFileURL(index).href)).toBe(folder);
});
