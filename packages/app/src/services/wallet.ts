// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, operation, record, t } from "../index.ts";

/** All money together: below 2^53, so that every sum of balances is exact. */
const SUPPLY_MAX = 9e15;

const owner = t.publicKey();
const amount = t.integer({ minimum: 1, maximum: SUPPLY_MAX });
const count = t.integer({ minimum: 0 });

/** Who may issue money, and how much there is. */
const mint = record({
  key: t.choice(["mint"]),
  value: t.object({ issuer: t.publicKey(), supply: count, sequence: count }),
});

/** `sequence` counts the transfers that the owner signed, those that came to nothing as well. */
const account = record({ key: owner, value: t.object({ balance: count, sequence: count }) });

const NOTHING = { balance: 0, sequence: 0 };
const state = t.object({ balance: count, sequence: count });

/** Money that only its owner moves: accounts are public keys, and a host that keeps them cannot spend from one. */
export default defineService({
  name: "wallet",
  version: "1",
  records: { mint, account },
  operations: {
    /** Once. Whoever comes first is the issuer: look at `mint` before you take his money. */
    found: operation({
      arguments: t.object({ issuer: t.publicKey() }),
      result: t.object({}),
      touches: { mint },
      keys: () => ({ mint: "mint" }),
      run({ issuer }, records) {
        if (records.mint !== null) fail("already_founded");
        return { result: {}, writes: { mint: { issuer, supply: 0, sequence: 0 } } };
      },
    }),
    mint: operation({
      arguments: t.object({}),
      result: t.nullable(t.object({ issuer: t.publicKey(), supply: count, sequence: count })),
      touches: { mint },
      keys: () => ({ mint: "mint" }),
      run: (_, records) => ({ result: records.mint }),
    }),
    /** New money, signed by the issuer. */
    issue: operation({
      arguments: t.object({ to: owner, amount, signature: t.signature() }),
      result: t.object({ supply: count, sequence: count }),
      touches: { mint, to: account },
      keys: ({ to }) => ({ mint: "mint", to }),
      signer(_, records) {
        const { issuer, sequence } = records.mint ?? fail("not_founded");
        return { key: issuer, sequence };
      },
      run(args, records) {
        const before = records.mint ?? fail("not_founded");
        const supply = before.supply + args.amount;
        if (supply > SUPPLY_MAX) fail("supply_exhausted");
        const sequence = before.sequence + 1;
        const to = records.to ?? NOTHING;
        return {
          result: { supply, sequence },
          writes: {
            mint: { ...before, supply, sequence },
            to: { ...to, balance: to.balance + args.amount },
          },
        };
      },
    }),
    /** Signed by the owner. Money that is not there is an answer, certified as such, and costs the signature its number. */
    transfer: operation({
      arguments: t.object({ from: owner, to: owner, amount, signature: t.signature() }),
      result: t.object({ done: t.boolean(), balance: count, sequence: count }),
      touches: { from: account, to: account },
      keys: ({ from, to }) => ({ from, to }),
      signer: ({ from: key }, records) => ({ key, sequence: (records.from ?? NOTHING).sequence }),
      run(args, records) {
        const before = records.from ?? fail("no_such_account");
        const to = records.to ?? NOTHING;
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
      arguments: t.object({ owner }),
      result: state,
      touches: { account },
      keys: (args) => ({ account: args.owner }),
      run: (_, records) => ({ result: records.account ?? NOTHING }),
    }),
  },
});
