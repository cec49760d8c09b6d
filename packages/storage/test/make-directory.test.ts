// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDirectory } from "../src/make-directory.ts";
import { openStorage } from "../src/open-storage.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zeta-directory-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a directory is made", () => {
  test("with those above it, for its owner only if so asked, and again", () => {
    const path = join(folder, "a", "b");
    makeDirectory(path, 0o700);
    makeDirectory(path, 0o700);
    expect([path, join(folder, "a")].map((made) => statSync(made).mode & 0o777)).toEqual([
      0o700, 0o700,
    ]);
  });

  test("or it is said why not", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => makeDirectory(join(file, "x"))).toThrow("ENOTDIR");
  });

  // Only there a directory refuses with the error for one that is missing.
  test.skipIf(!existsSync("/proc/self"))("below /proc it fails like everywhere else", async () => {
    expect(() => makeDirectory("/proc/x/y")).toThrow("ENOENT");
    await expect(openStorage("lmdb:/proc/x/y", { serviceId: "kv" })).rejects.toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining("ENOENT"),
    });
  });
});
