// SPDX-License-Identifier: Apache-2.0
import { callerKey } from "@zeta/protocol/call-signature";
import { beforeEach, describe, expect, test } from "vitest";
import { type LocalService, runLocally } from "../src/run-locally.ts";
import wallet from "../src/services/wallet.ts";
import { signCall } from "../src/sign-call.ts";

const [ISSUER, ADA, BOB] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const [issuer, ada, bob] = [ISSUER, ADA, BOB].map(callerKey) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

const NOT_SIGNED = expect.objectContaining({ code: "invalid_signature" });

function transfer(secret: Uint8Array, from: Uint8Array, amount: number, sequence: number) {
  const args = { issuer, from, to: bob, amount };
  const call = { operation: "transfer", args, sequence } as const;
  return signCall(wallet, call, secret);
}

describe("wallet", () => {
  let local: LocalService<typeof wallet>;

  beforeEach(() => {
    local = runLocally(wallet);
    const args = { issuer, to: ada, amount: 100 };
    local.issue(signCall(wallet, { operation: "issue", args, sequence: 0 }, ISSUER));
  });

  test("an owner moves his money, once for each signature", () => {
    const signed = transfer(ADA, ada, 30, 0);
    expect(local.transfer(signed)).toEqual({ done: true, balance: 70, sequence: 1 });
    expect(() => local.transfer(signed)).toThrow("under sequence number 1, got another signature");
    expect(local.account({ issuer, owner: ada })).toEqual({ balance: 70, sequence: 1 });
    expect(local.account({ issuer, owner: bob })).toEqual({ balance: 30, sequence: 0 });
  });

  test("nobody else moves it", () => {
    expect(() => local.transfer(transfer(BOB, ada, 1, 0))).toThrow(NOT_SIGNED);
    const other = { ...transfer(ADA, ada, 1, 0), amount: 100 };
    expect(() => local.transfer(other)).toThrow(NOT_SIGNED);
    expect(local.account({ issuer, owner: ada })).toEqual({ balance: 100, sequence: 0 });
  });

  test("a transfer for which there is no money cannot be made later", () => {
    const large = transfer(ADA, ada, 500, 0);
    expect(local.transfer(large)).toEqual({ done: false, balance: 100, sequence: 1 });
    const args = { issuer, to: ada, amount: 900 };
    local.issue(signCall(wallet, { operation: "issue", args, sequence: 1 }, ISSUER));
    expect(() => local.transfer(large)).toThrow(NOT_SIGNED);
    expect(local.account({ issuer, owner: ada })).toEqual({ balance: 1000, sequence: 1 });
  });

  test("only an issuer makes his money, and only as much as can be counted", () => {
    const args = { issuer, to: bob, amount: 1 };
    const asked = { operation: "issue", args, sequence: 1 } as const;
    expect(() => local.issue(signCall(wallet, asked, ADA))).toThrow(NOT_SIGNED);
    const all = { ...asked, args: { issuer, to: bob, amount: 9e15 } };
    expect(() => local.issue(signCall(wallet, all, ISSUER))).toThrow("supply_exhausted");
    expect(local.mint({ issuer })).toEqual({ supply: 100, sequence: 1 });
  });

  test("what is signed for one issuer's wallet moves nothing in another's", () => {
    const own = { issuer: bob, to: ada, amount: 100 };
    local.issue(signCall(wallet, { operation: "issue", args: own, sequence: 0 }, BOB));
    const other = { ...transfer(ADA, ada, 30, 0), issuer: bob };
    expect(() => local.transfer(other)).toThrow(NOT_SIGNED);
    expect(local.account({ issuer: bob, owner: ada })).toEqual({ balance: 100, sequence: 0 });
  });
});
