// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/options/parse-address.ts";
import { parseCount } from "../../src/options/parse-count.ts";
import { parseDuration } from "../../src/options/parse-duration.ts";
import { parseUrl } from "../../src/options/parse-url.ts";

describe("addresses", () => {
  it.each([
    ["127.0.0.1:7070", "127.0.0.1", 7070],
    ["localhost:0", "localhost", 0],
    ["[::1]:65535", "::1", 65_535],
  ])("%s", (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each(["", "7070", ":7070", "h:65536", "h:-1", "h:1e3", "::1:80", "a b:1", "h:1\n"])(
    "refuses %j",
    (text) => {
      expect(() => parseAddress(text)).toThrow("expected HOST:PORT");
    },
  );
});

describe("times", () => {
  it.each([
    ["250ms", 250],
    ["1s", 1000],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1h", 3_600_000],
  ])("%s", (text, milliseconds) => {
    expect(parseDuration(text, 1, 3_600_000)).toBe(milliseconds);
  });

  it.each(["1", "s", "-1s", "1d", "1e3ms", " 1s"])("refuses %j", (text) => {
    expect(() => parseDuration(text, 1, 3_600_000)).toThrow("expected a time such as");
  });

  it("refuses times out of range, by one millisecond", () => {
    expect(parseDuration("10ms", 10, 20)).toBe(10);
    expect(() => parseDuration("9ms", 10, 20)).toThrow("from 10ms to 20ms, got 9ms");
    expect(() => parseDuration("21ms", 10, 20)).toThrow("from 10ms to 20ms, got 21ms");
  });
});

describe("counts", () => {
  it.each([
    ["0", 0],
    ["1_000_000", 1_000_000],
    ["42", 42],
  ])("%s", (text, count) => {
    expect(parseCount(text, 0, 1_000_000)).toBe(count);
  });

  it.each(["", "-1", "1.5", "1e3", "0x10", "_1", "1__0", "1000001", "99999999999999999999"])(
    "refuses %j",
    (text) => {
      expect(() => parseCount(text, 0, 1_000_000)).toThrow("expected a whole number from 0");
    },
  );
});

describe("URLs of services", () => {
  it.each([
    ["http://127.0.0.1:7070", "http://127.0.0.1:7070"],
    ["http://127.0.0.1:7070/", "http://127.0.0.1:7070"],
    ["https://kv.example", "https://kv.example"],
  ])("%s", (text, origin) => {
    expect(parseUrl(text)).toBe(origin);
  });

  it.each([
    "",
    "127.0.0.1:7070",
    "ftp://h",
    "http://u:p@h",
    "http://h/v1",
    "http://h?x",
    "http://h#x",
  ])("refuses %j", (text) => {
    expect(() => parseUrl(text)).toThrow("expected a service's URL");
  });
});
