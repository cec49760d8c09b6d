// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "vitest";
import { type LocalService, runLocally } from "../src/run-locally.ts";
import token from "../src/services/token.ts";

const id = new Uint8Array(16).fill(7);
let local: LocalService<typeof token>;

beforeEach(() => {
  local = runLocally(token);
  local.advanceClock({ time: 1000 });
  local.issue({ id, subject: "alice", scopes: ["read", "write"], lifetime: 60 });
});

describe("the token service", () => {
  test("knows what it issued until it expires, and never after", () => {
    expect(local.introspect({ id })).toEqual({
      state: "active",
      subject: "alice",
      scopes: ["read", "write"],
      expires: 1060,
      time: 1000,
    });
    local.advanceClock({ time: 1059 });
    expect(local.introspect({ id }).state).toBe("active");
    local.advanceClock({ time: 1060 });
    const expired = { state: "expired", subject: null, scopes: [], expires: null, time: 1060 };
    expect(local.introspect({ id })).toEqual(expired);
  });

  test("a revoked token stays revoked, and its id is spent", () => {
    expect(local.revoke({ id })).toEqual({ revoked: true });
    expect(local.revoke({ id })).toEqual({ revoked: false });
    expect(local.introspect({ id })).toMatchObject({ state: "revoked", subject: null });
    expect(() => local.issue({ id, subject: "eve", scopes: [], lifetime: 60 })).toThrowError(
      expect.objectContaining({ failure: "token_exists" }),
    );
  });

  test("says nothing of a token it does not know", () => {
    const other = new Uint8Array(16);
    expect(local.introspect({ id: other })).toMatchObject({ state: "unknown", subject: null });
    expect(local.revoke({ id: other })).toEqual({ revoked: false });
    expect(() => local.introspect({ id: new Uint8Array(15) })).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});
