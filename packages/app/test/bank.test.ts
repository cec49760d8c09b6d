// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "vitest";
import { type LocalService, runLocally } from "../src/run-locally.ts";
import bank from "../src/services/bank.ts";

const DAY = 20_778;
let local: LocalService<typeof bank>;

const failure = (code: string) => expect.objectContaining({ failure: code });
const code = (text: string) => expect.objectContaining({ code: text });

beforeEach(() => {
  local = runLocally(bank);
  local.advanceDay({ day: DAY });
  local.open({ account: 0, owner: "alice" });
  local.open({ account: 1, owner: "bob" });
  local.deposit({ account: 0, amount: 100, day: DAY });
});

describe("the bank", () => {
  test("moves money from one account to another", () => {
    const paid = local.transfer({ from: 0, to: 1, amount: 30, day: DAY });
    expect(paid).toEqual({ done: true, balance: 70 });
    expect(local.balances({ accounts: [0, 1, 7] })).toEqual([70, 30, null]);
  });

  test("says which day it has, and none before it was told", () => {
    expect(runLocally(bank).today({})).toEqual({ day: 0 });
    expect(local.today({})).toEqual({ day: DAY });
    local.advanceDay({ day: DAY + 3 });
    expect(local.today({})).toEqual({ day: DAY + 3 });
  });

  test("answers that money is not there, and moves none", () => {
    expect(local.transfer({ from: 1, to: 0, amount: 1, day: DAY })).toEqual({
      done: false,
      balance: 0,
    });
    expect(local.withdraw({ account: 0, amount: 101, day: DAY })).toEqual({
      done: false,
      balance: 100,
    });
    expect(local.balances({ accounts: [0, 1] })).toEqual([100, 0]);
  });

  test("refuses what must not happen", () => {
    const transfer = (to: number, amount = 1, day = DAY) =>
      local.transfer({ from: 0, to, amount, day });
    expect(() => transfer(9)).toThrowError(failure("no_such_account"));
    expect(() => transfer(0)).toThrowError(code("duplicate_record"));
    expect(() => transfer(1, 0)).toThrowError(code("invalid_argument"));
    expect(() => transfer(1, -5)).toThrowError(code("invalid_argument"));
    expect(() => transfer(1, 1, DAY - 1)).toThrowError(failure("not_today"));
    expect(() => local.deposit({ account: 9, amount: 1, day: DAY })).toThrowError(
      failure("no_such_account"),
    );
    expect(() => local.open({ account: 3, owner: "gap" })).toThrowError(
      failure("not_the_next_account"),
    );
    expect(() => local.open({ account: 0, owner: "again" })).toThrowError(
      failure("not_the_next_account"),
    );
    expect(() => local.advanceDay({ day: DAY })).toThrowError(failure("not_after_today"));
    expect(() => local.deposit({ account: 0, amount: 1e12, day: DAY })).toThrowError(
      failure("account_full"),
    );
    expect(local.balances({ accounts: [0, 1] })).toEqual([100, 0]);
  });

  test("takes 256 movements of an account on a day and no more", () => {
    for (let i = 1; i < 256; i++) local.deposit({ account: 0, amount: 1, day: DAY });
    expect(() => local.deposit({ account: 0, amount: 1, day: DAY })).toThrowError(
      failure("too_many_movements_today"),
    );
    local.advanceDay({ day: DAY + 1 });
    expect(local.deposit({ account: 0, amount: 1, day: DAY + 1 }).balance).toBe(356);
  });

  test("a statement goes over many days", () => {
    local.transfer({ from: 0, to: 1, amount: 30, day: DAY });
    for (let day = DAY + 1; day < DAY + 40; day++) {
      local.advanceDay({ day });
      local.deposit({ account: 1, amount: 2, day });
    }
    local.withdraw({ account: 1, amount: 5, day: DAY + 39 });
    expect(local.statement({ account: 1, from: DAY, to: DAY + 39 })).toEqual({
      movements: 41,
      received: 108,
      sent: 5,
    });
    expect(local.statement({ account: 1, from: DAY + 1, to: DAY + 1 }).received).toBe(2);
    expect(local.statement({ account: 1, from: DAY + 1, to: DAY }).movements).toBe(0);
    expect(() => local.statement({ account: 1, from: DAY, to: DAY + 3660 })).toThrowError(
      failure("period_too_long"),
    );
    expect(local.movements({ account: 1, day: DAY })).toEqual([
      { kind: "received", other: 0, amount: 30, balance: 30 },
    ]);
  });

  test("an audit of many accounts finds all the money", () => {
    for (let account = 2; account < 40; account++) {
      local.open({ account, owner: `customer ${account}` });
      local.deposit({ account, amount: account, day: DAY });
      local.transfer({ from: account, to: 0, amount: 1, day: DAY });
    }
    const total = 100 + (40 * 39) / 2 - 1;
    const whole = { quiet: true, conserved: true, sum: total, total };
    expect(local.audit({ accounts: 40 })).toEqual(whole);
    expect(local.audit({ accounts: 39 })).toMatchObject({ quiet: false, conserved: null });
    expect(() => local.audit({ accounts: 41 })).toThrowError(failure("no_such_account"));
  });
});
