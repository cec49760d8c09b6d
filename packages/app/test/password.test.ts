// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "vitest";
import { type LocalService, runLocally } from "../src/run-locally.ts";
import password from "../src/services/password.ts";

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);
const name = "alice";
const salt = bytes(16, 1);
const right = bytes(32, 2);
const wrong = bytes(32, 3);
let local: LocalService<typeof password>;

const verdict = (hash: Uint8Array) => local.verify({ name, hash }).verdict;

beforeEach(() => {
  local = runLocally(password);
  local.advanceClock({ time: 1000 });
  local.register({ name, salt, hash: right });
});

describe("the password service", () => {
  test("tells right from wrong, wherever they differ", () => {
    expect(verdict(right)).toBe("accepted");
    for (let at = 0; at < 32; at++) {
      const almost = right.slice();
      almost[at] = 255;
      expect(verdict(almost)).toBe("wrong");
      expect(verdict(right)).toBe("accepted");
    }
    expect(local.verify({ name: "nobody", hash: right })).toEqual({
      verdict: "unknown",
      time: 1000,
    });
    expect(local.salt({ name })).toEqual(salt);
    expect(local.salt({ name: "nobody" })).toBe(null);
  });

  test("locks for 900 seconds after the fifth failure in a row", () => {
    for (let i = 0; i < 4; i++) expect(verdict(wrong)).toBe("wrong");
    expect(verdict(right)).toBe("accepted");
    for (let i = 0; i < 5; i++) expect(verdict(wrong)).toBe("wrong");
    expect(verdict(right)).toBe("locked");
    local.advanceClock({ time: 1899 });
    expect(verdict(right)).toBe("locked");
    expect(local.change({ name, hash: right, newSalt: salt, newHash: wrong }).verdict).toBe(
      "locked",
    );
    local.advanceClock({ time: 1900 });
    expect(verdict(right)).toBe("accepted");
  });

  test("changes a password for whoever knows it, and counts failures there too", () => {
    const change = (hash: Uint8Array) =>
      local.change({ name, hash, newSalt: bytes(16, 9), newHash: wrong }).verdict;
    expect(change(wrong)).toBe("wrong");
    expect(local.salt({ name })).toEqual(salt);
    expect(change(right)).toBe("accepted");
    expect(verdict(right)).toBe("wrong");
    expect(verdict(wrong)).toBe("accepted");
    for (let i = 0; i < 5; i++) expect(change(right)).toBe("wrong");
    expect(verdict(wrong)).toBe("locked");
  });

  test("refuses a second registration, and a clock that goes back", () => {
    const failure = (code: string) => expect.objectContaining({ failure: code });
    expect(() => local.register({ name, salt, hash: wrong })).toThrowError(failure("user_exists"));
    expect(() => local.advanceClock({ time: 1000 })).toThrowError(failure("not_after_now"));
    expect(() => local.register({ name: "b", salt, hash: bytes(31, 0) })).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});
