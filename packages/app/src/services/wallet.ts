// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, operation, record, t } from "../index.ts";

/** All money of an issuer: below 2^53, so that every sum of balances is exact. */
const SUPPLY_MAX = 9e15;

const issuer = t.publicKey();
const owner = t.publicKey();
const amount = t.integer({ minimum: 1, maximum: SUPPLY_MAX });
const count = t.integer({ minimum: 0 });

/** How much money of an issuer there is; `sequence` counts what he signed. */
const mint = record({ key: issuer, value: t.object({ supply: count, sequence: count }) });

/** `sequence` counts the transfers that the owner signed, those that came to nothing as well. */
const account = record({
  key: t.object({ issuer, owner }),
  value: t.object({ balance: count, sequence: count }),
});

const NO_MINT = { supply: 0, sequence: 0 };
const NO_ACCOUNT = { balance: 0, sequence: 0 };

/**
 * Money that only its owner moves: accounts are public keys, and a host that keeps them cannot spend from one. Whose money it is, the issuer's
 * key says; it is part of all that is signed, so a transfer signed for one issuer's wallet moves nothing in another's.
 */
export default defineService({
  name: "wallet",
  version: "1",
  records: { mint, account },
  operations: {
    /** New money, signed by its issuer. */
    issue: operation({
      arguments: t.object({ issuer, to: owner, amount, signature: t.signature() }),
      result: t.object({ supply: count, sequence: count }),
      touches: { mint, to: account },
      keys: (args) => ({ mint: args.issuer, to: { issuer: args.issuer, owner: args.to } }),
      signer: ({ issuer: key }, records) => ({
        key,
        sequence: (records.mint ?? NO_MINT).sequence,
      }),
      run(args, records) {
        const before = records.mint ?? NO_MINT;
        const after = { supply: before.supply + args.amount, sequence: before.sequence + 1 };
        if (after.supply > SUPPLY_MAX) fail("supply_exhausted");
        const to = records.to ?? NO_ACCOUNT;
        const paid = { ...to, balance: to.balance + args.amount };
        return { result: after, writes: { mint: after, to: paid } };
      },
    }),
    /** Signed by the owner. Money that is not there is an answer, certified as such, and costs the signature its number. */
    transfer: operation({
      arguments: t.object({ issuer, from: owner, to: owner, amount, signature: t.signature() }),
      result: t.object({ done: t.boolean(), balance: count, sequence: count }),
      touches: { from: account, to: account },
      keys: (args) => ({
        from: { issuer: args.issuer, owner: args.from },
        to: { issuer: args.issuer, owner: args.to },
      }),
      signer: ({ from: key }, records) => ({
        key,
        sequence: (records.from ?? NO_ACCOUNT).sequence,
      }),
      run(args, records) {
        const before = records.from ?? fail("no_such_account");
        const to = records.to ?? NO_ACCOUNT;
        const sequence = before.sequence + 1;
        const done = before.balance >= args.amount;
        const balance = done ? before.balance - args.amount : before.balance;
        const from = { balance, sequence };
        const writes = done ? { from, to: { ...to, balance: to.balance + args.amount } } : { from };
        return { result: { done, ...from }, writes };
      },
    }),
    /** What an owner has, and the number under which he signs next. */
    account: operation({
      arguments: t.object({ issuer, owner }),
      result: t.object({ balance: count, sequence: count }),
      touches: { account },
      keys: (args) => ({ account: args }),
      run: (_, records) => ({ result: records.account ?? NO_ACCOUNT }),
    }),
    /** How much an issuer has issued, and the number under which he signs next. */
    mint: operation({
      arguments: t.object({ issuer }),
      result: t.object({ supply: count, sequence: count }),
      touches: { mint },
      keys: (args) => ({ mint: args.issuer }),
      run: (_, records) => ({ result: records.mint ?? NO_MINT }),
    }),
  },
});
