// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { describe, expect, it } from "vitest";
import { MERKLE_ONLY } from "../src/placement-policy.ts";
import { overwriteValue, peek } from "../src/tampering.ts";
import { MonitoredStore } from "./support/monitored-store.ts";

const alice = utf8("alice");

describe("a host that changes stored bytes", () => {
  for (const kind of ["reference", "wasm"] as const) {
    it(`of a deferred record does not get its epoch certified (A.hash), ${kind}`, () => {
      const checked = new MonitoredStore({ kind });
      checked.put(alice, utf8("100"));
      checked.closeEpoch();
      expect(overwriteValue(checked.store, alice, utf8("999"))).toBe("deferred");
      expect(checked.get(alice)).toEqual(utf8("999"));
      checked.feed();
      checked.store.beginEpochClose();
      checked.store.continueEpochClose(1000);
      expect(checked.feedLies()).toBe(null);
      expect(checked.certified).toBe(0);
      expect(checked.monitor.events.at(-1)).toEqual({
        kind: "mismatch",
        epoch: 1,
        check: "A.hash",
      });
    });

    it(`of a deferred record is found out even if nobody asks for it, ${kind}`, () => {
      const checked = new MonitoredStore({ kind });
      checked.put(alice, utf8("100"));
      expect(overwriteValue(checked.store, alice, utf8("999"))).toBe("deferred");
      checked.store.beginEpochClose();
      checked.store.continueEpochClose(1000);
      expect(checked.feedLies()).toBe(null);
      expect(checked.certified).toBe(null);
      expect(checked.monitor.events.at(-1)).toMatchObject({ kind: "mismatch", check: "A.hash" });
    });

    it(`of a record in the tree is refused at the next access (M.hash), ${kind}`, () => {
      const checked = new MonitoredStore({ kind, policy: MERKLE_ONLY });
      checked.put(alice, utf8("100"));
      expect(overwriteValue(checked.store, alice, utf8("999"))).toBe("merkle");
      checked.closeEpoch();
      expect(checked.get(alice)).toEqual(utf8("999"));
      expect(checked.feedLies()).toBe("M.hash");
      expect(checked.certified).toBe(0);
    });
  }

  it("to an older value is a stale read, and found out as well", () => {
    const checked = new MonitoredStore({});
    checked.put(alice, utf8("100"));
    checked.closeEpoch();
    checked.put(alice, utf8("200"));
    overwriteValue(checked.store, alice, utf8("100"));
    expect(checked.get(alice)).toEqual(utf8("100"));
    checked.store.beginEpochClose();
    checked.store.continueEpochClose(1000);
    expect(checked.feedLies()).toBe(null);
    expect(checked.monitor.events.at(-1)).toMatchObject({ kind: "mismatch", epoch: 1 });
  });
});

describe("tampering as such", () => {
  it("writes no entry but the honest evict: with the same bytes everything certifies", () => {
    const checked = new MonitoredStore({});
    checked.put(alice, utf8("100"));
    expect(overwriteValue(checked.store, alice, utf8("100"))).toBe("deferred");
    expect(overwriteValue(checked.store, alice, utf8("100"))).toBe("deferred");
    checked.closeEpoch();
    expect(checked.get(alice)).toEqual(utf8("100"));
    checked.closeEpoch();
  });

  it("needs a record", () => {
    const { store } = new MonitoredStore({});
    expect(overwriteValue(store, alice, utf8("1"))).toBe(null);
    expect(store.pendingBytes).toBe(0);
  });

  it("peeks at the value as it is now, in a copy", () => {
    const checked = new MonitoredStore({});
    expect(peek(checked.store, alice)).toBe(null);
    checked.put(alice, utf8("100"));
    peek(checked.store, alice)!.fill(0);
    expect(peek(checked.store, alice)).toEqual(utf8("100"));
    overwriteValue(checked.store, alice, utf8("999"));
    expect(peek(checked.store, alice)).toEqual(utf8("999"));
    checked.run({ operation: "delete", key: alice });
    expect(peek(checked.store, alice)).toBe(null);
  });
});
