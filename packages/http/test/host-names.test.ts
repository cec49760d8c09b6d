// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { originForm } from "../src/authority.ts";
import { hostNames, webOrigins } from "../src/host-names.ts";

describe("names of hosts", () => {
  test("are compared in one form", () => {
    const names = ["Zeta.Example.org.", "box", "a_b.internal", "xn--bcher-kva.example", "1a"];
    expect([...hostNames(names, "--allow-host")]).toEqual([
      "zeta.example.org",
      "box",
      "a_b.internal",
      "xn--bcher-kva.example",
      "1a",
    ]);
  });

  test.each([
    "",
    ".",
    "*",
    "*.example.org",
    ".example.org",
    "example.org:7070",
    "https://example.org",
    "example..org",
    "-a.example.org",
    "bücher.example",
    "a b",
    "127.0.0.1",
    "127.1",
    "[::1]",
    "::1",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(127)}aa`,
  ])("are not %j", (name) => {
    expect(() => hostNames(["box", name], "--allow-host")).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        message: expect.stringMatching(/^--allow-host: expected a host name .*, got "/),
      }),
    );
  });
});

describe("origins of pages", () => {
  test("are what a browser sends, or all", () => {
    const origins = ["https://app.example.org", "http://localhost:5173", "http://[::1]:8080", "*"];
    expect([...webOrigins(origins, "--allow-origin")]).toEqual(origins);
  });

  test.each([
    "",
    "null",
    "app.example.org",
    "https://app.example.org/",
    "https://App.example.org",
    "https://app.example.org:443",
    "https://me@app.example.org",
    "https://*.example.org",
    "https://app.example.org https://b.example.org",
    "ftp://app.example.org",
    "file://",
    "https://",
    "**",
    " *",
  ])("are not %j", (origin) => {
    expect(() => webOrigins([origin], "--allow-origin")).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        message: expect.stringMatching(/^--allow-origin: expected an origin .*, got "/),
      }),
    );
  });
});

test("a target in absolute form is one in origin form with a host before it", () => {
  expect(originForm("http://localhost:7070/v1/kv/a?b")).toBe("/v1/kv/a?b");
  expect(originForm("HTTP://h")).toBe("/");
  expect(originForm("https://h?q")).toBe("/?q");
  for (const other of ["/a", "//h/a", "*", "h:1", "ftp://h/a", "/http://h/"]) {
    expect(originForm(other)).toBe(other);
  }
});
