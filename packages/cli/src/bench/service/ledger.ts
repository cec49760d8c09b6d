// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, list, operation, record, t, workflow } from "@zeta/app";

const number = t.integer({ minimum: 0 });
const amount = t.integer({ minimum: 1, maximum: 1_000_000 });
const account = record({ key: number, value: t.integer() });
const one = t.object({ value: t.integer() });
const purse = record({
  key: t.publicKey(),
  value: t.object({ coins: t.integer(), sequence: number }),
});

/** What `zeta bench service` runs: an operation over one record, one over two, one that its owner signs, and a sum over all. */
export default defineService({
  name: "ledger",
  version: "1",
  records: { account, purse },
  operations: {
    add: operation({
      arguments: t.object({ number, by: amount }),
      result: one,
      touches: { account },
      keys: (args) => ({ account: args.number }),
      run(args, records) {
        const value = (records.account ?? 0) + args.by;
        return { result: { value }, writes: { account: value } };
      },
    }),
    read: operation({
      arguments: t.object({ number }),
      result: one,
      touches: { account },
      keys: (args) => ({ account: args.number }),
      run: (_, records) => ({ result: { value: records.account ?? 0 } }),
    }),
    transfer: operation({
      arguments: t.object({ from: number, to: number, amount }),
      result: one,
      touches: { from: account, to: account },
      keys: ({ from, to }) => ({ from, to }),
      run(args, records) {
        const from = (records.from ?? fail("no_such_account")) - args.amount;
        const to = (records.to ?? fail("no_such_account")) + args.amount;
        return { result: { value: from }, writes: { from, to } };
      },
    }),
    pay: operation({
      arguments: t.object({ owner: t.publicKey(), coins: amount, signature: t.signature() }),
      result: one,
      touches: { purse },
      keys: (args) => ({ purse: args.owner }),
      signer: ({ owner: key }, records) => ({ key, sequence: records.purse?.sequence ?? 0 }),
      run(args, records) {
        const coins = (records.purse?.coins ?? 0) - args.coins;
        const sequence = (records.purse?.sequence ?? 0) + 1;
        return { result: { value: coins }, writes: { purse: { coins, sequence } } };
      },
    }),
  },
  workflows: {
    sum: workflow({
      arguments: t.object({ count: number }),
      state: t.object({ next: number, sum: t.integer() }),
      result: t.integer(),
      touches: { accounts: list(account, 15) },
      start: () => ({ next: 0, sum: 0 }),
      keys({ count }, { next }) {
        const size = Math.min(15, count - next);
        return size === 0 ? null : { accounts: Array.from({ length: size }, (_, i) => next + i) };
      },
      step(_, { next, sum }, { accounts }) {
        let total = sum;
        for (const value of accounts) total += value ?? fail("no_such_account");
        return { next: next + accounts.length, sum: total };
      },
      finish: (_, { sum }) => sum,
    }),
  },
});
