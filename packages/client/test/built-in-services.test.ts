// SPDX-License-Identifier: Apache-2.0
/** Each built-in service through store, WASM monitor, HTTP and client: honest, and with the lie that would matter most to it. */
import accessPolicy from "@zeta/app/services/access-policy";
import bank from "@zeta/app/services/bank";
import counter from "@zeta/app/services/counter";
import password from "@zeta/app/services/password";
import token from "@zeta/app/services/token";
import wallet from "@zeta/app/services/wallet";
import { signCall } from "@zeta/app/sign-call";
import { callerKey } from "@zeta/protocol/call-signature";
import { describe, expect, test } from "vitest";
import { hosted, refusalOf } from "./support/hosted.ts";

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);

const VIOLATION = { code: "violation", check: "A.hash", verdict: "violation" };
const OTHER_ANSWER = { code: "answer_mismatch", verdict: "rejected" };

test("counter: a count that the host tells otherwise is refused", async () => {
  const { calls, host, trust } = await hosted(counter);
  const added = await calls.add({ name: "visits", by: 2 });
  expect(added.result).toEqual({ value: 2 });
  await added.certified();
  host.misreport("read", () => ({ value: 3 }));
  expect(await refusalOf(trust, () => calls.read({ name: "visits" }))).toMatchObject(OTHER_ANSWER);
});

describe("bank", () => {
  const DAY = 20_778;

  async function openBank() {
    const { calls, host, trust } = await hosted(bank);
    await calls.advanceDay({ day: DAY });
    await calls.open({ account: 0, owner: "alice" });
    await calls.open({ account: 1, owner: "bob" });
    await calls.deposit({ account: 0, amount: 100, day: DAY });
    return { calls, host, trust };
  }

  test("a transfer, a statement and an audit are certified", async () => {
    const { calls } = await openBank();
    const paid = await calls.transfer({ from: 0, to: 1, amount: 30, day: DAY });
    expect(paid.result).toEqual({ done: true, balance: 70 });
    const statement = await calls.statement({ account: 1, from: DAY - 30, to: DAY });
    expect(statement.result).toEqual({ movements: 1, received: 30, sent: 0 });
    const audit = await calls.audit({ accounts: 2 });
    expect(audit.result).toEqual({ quiet: true, conserved: true, sum: 100, total: 100 });
    await Promise.all([paid, statement, audit].map((one) => one.certified()));
  });

  test("money that the host makes is caught, by whoever looks at it", async () => {
    const { calls, host, trust } = await openBank();
    host.forge("balances", { accounts: [1] }, "accounts", { balance: 1_000_000 });
    const looked = await refusalOf(trust, () => calls.balances({ accounts: [1] }));
    expect(looked).toEqual(VIOLATION);
  });

  test("an audit that hides a loss is caught", async () => {
    const { calls, host, trust } = await openBank();
    host.misreport("audit.finish", (honest) => ({ ...honest, sum: 90, total: 90 }));
    const audited = await refusalOf(trust, () => calls.audit({ accounts: 2 }));
    expect(audited).toMatchObject(OTHER_ANSWER);
  });
});

describe("password", () => {
  const name = "alice";
  const salt = bytes(16, 1);
  const right = bytes(32, 2);
  const wrong = bytes(32, 3);

  async function registered() {
    const { calls, host, trust } = await hosted(password);
    await calls.advanceClock({ time: 1000 });
    await calls.register({ name, salt, hash: right });
    return { calls, host, trust };
  }

  test("verdicts and the lock are certified", async () => {
    const { calls } = await registered();
    expect((await calls.verify({ name, hash: right })).result.verdict).toBe("accepted");
    for (let i = 0; i < 5; i++) await calls.verify({ name, hash: wrong });
    const locked = await calls.verify({ name, hash: right });
    expect(locked.result).toEqual({ verdict: "locked", time: 1000 });
    await locked.certified();
  });

  test("a wrong password that the host lets in is caught", async () => {
    const { calls, host, trust } = await registered();
    host.misreport("verify", (honest) => ({ ...honest, verdict: "accepted" }));
    const verified = await refusalOf(trust, () => calls.verify({ name, hash: wrong }));
    expect(verified).toMatchObject(OTHER_ANSWER);
  });

  test("failures that the host forgets, to guess on, are caught", async () => {
    const { calls, host, trust } = await registered();
    for (let i = 0; i < 4; i++) await calls.verify({ name, hash: wrong });
    host.forge("verify", { name, hash: wrong }, "user", { failures: 0 });
    expect(await refusalOf(trust, () => calls.verify({ name, hash: wrong }))).toEqual(VIOLATION);
  });
});

describe("token", () => {
  const id = bytes(16, 7);

  async function issued() {
    const { calls, host, trust } = await hosted(token);
    await calls.advanceClock({ time: 1000 });
    await calls.issue({ id, subject: "alice", scopes: ["read"], lifetime: 60 });
    return { calls, host, trust };
  }

  test("what is told of a token is certified, before its end and after", async () => {
    const { calls } = await issued();
    const active = await calls.introspect({ id });
    expect(active.result).toMatchObject({ state: "active", subject: "alice", time: 1000 });
    await calls.advanceClock({ time: 1060 });
    const expired = await calls.introspect({ id });
    expect(expired.result).toMatchObject({ state: "expired", subject: null });
    await Promise.all([active.certified(), expired.certified()]);
  });

  test("a revocation that is acknowledged and never executed is caught", async () => {
    const { calls, host, trust } = await issued();
    host.pretend("revoke", { revoked: true });
    const revoked = await refusalOf(trust, () => calls.revoke({ id }));
    expect(revoked).toMatchObject({ code: "receipt_missing", verdict: "rejected" });
  });

  test("an end that the host puts off is caught", async () => {
    const { calls, host, trust } = await issued();
    await calls.advanceClock({ time: 1060 });
    host.forge("revoke", { id }, "token", { expires: 9999 });
    expect(await refusalOf(trust, () => calls.introspect({ id }))).toEqual(VIOLATION);
  });
});

describe("access policy", () => {
  const ASKED = { action: "read", resource: "ledger" };

  async function granted() {
    const { calls, host, trust } = await hosted(accessPolicy);
    await calls.addRole({ role: 0, name: "auditor" });
    await calls.permit({ role: 0, ...ASKED, allowed: true });
    for (let user = 0; user < 10; user++) await calls.addUser({ user, name: `user ${user}` });
    await calls.grant({ user: 3, role: 0 });
    await calls.grant({ user: 8, role: 0 });
    return { calls, host, trust };
  }

  test("decisions and an auditor's query are certified", async () => {
    const { calls } = await granted();
    const decided = await calls.decide({ user: 3, role: 0, ...ASKED });
    expect(decided.result).toEqual({ allowed: true });
    const found = await calls.whoMay(ASKED);
    expect(found.result).toMatchObject({ exact: true, users: [3, 8], found: 2 });
    await Promise.all([decided.certified(), found.certified()]);
  });

  test("a user whom the host hides from the auditor is found missing", async () => {
    const { calls, host, trust } = await granted();
    host.misreport("whoMay.finish", (honest) => ({ ...honest, users: [3], found: 1 }));
    expect(await refusalOf(trust, () => calls.whoMay(ASKED))).toMatchObject(OTHER_ANSWER);
  });

  test("users that the host skips end the query: the workflow's own record knows better", async () => {
    const { calls, host } = await granted();
    const policy = { roles: 1, users: 10, changes: 14 };
    const state = {
      policies: [policy, policy],
      nextRole: 1,
      nextUser: 10,
      roles: [0],
      users: [3],
      found: 1,
    };
    host.pretend("whoMay.step", { state, more: false });
    await expect(calls.whoMay(ASKED)).rejects.toMatchObject({
      code: "service_error",
      check: "workflow_conflict",
    });
  });
});

describe("wallet", () => {
  const bank = bytes(32, 1);
  const ada = bytes(32, 2);
  const [issuer, from, to] = [callerKey(bank), callerKey(ada), callerKey(bytes(32, 3))];

  async function funded() {
    const { calls, host, trust } = await hosted(wallet);
    const args = { issuer, to: from, amount: 100 };
    await calls.issue(signCall(wallet, { operation: "issue", args, sequence: 0 }, bank));
    return { calls, host, trust };
  }

  const pay = (amount: number, sequence: number, secretKey: Uint8Array) => {
    const args = { issuer, from, to, amount };
    return signCall(wallet, { operation: "transfer", args, sequence }, secretKey);
  };

  test("an owner's transfer is certified, and nobody else's happens", async () => {
    const { calls } = await funded();
    const signed = pay(30, 0, ada);
    const paid = await calls.transfer(signed);
    expect(paid.result).toEqual({ done: true, balance: 70, sequence: 1 });
    for (const args of [signed, pay(30, 1, bank), { ...pay(1, 1, ada), amount: 70 }]) {
      await expect(calls.transfer(args)).rejects.toMatchObject({
        code: "service_error",
        check: "invalid_signature",
      });
    }
    const left = await calls.account({ issuer, owner: from });
    expect(left.result).toEqual({ balance: 70, sequence: 1 });
    await Promise.all([paid, left].map((one) => one.certified()));
  });

  test("a balance that the host spends underneath is caught", async () => {
    const { calls, host, trust } = await funded();
    host.forge("account", { issuer, owner: from }, "account", { balance: 0, sequence: 1 });
    expect(await refusalOf(trust, () => calls.account({ issuer, owner: from }))).toEqual(VIOLATION);
  });
});
