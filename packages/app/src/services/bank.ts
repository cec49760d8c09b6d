// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, list, operation, record, t, workflow } from "../index.ts";

/** Cents, so that no amount is ever rounded. */
const MONEY_MAX = 1e12;
/** All money together: below 2^53, so that every sum of balances that a bank can hold at one moment is exact. */
const TOTAL_MAX = 9e15;
const ACCOUNTS_MAX = 1_000_000;
/** Movements of one account on one day: a page of them is rewritten with each, so it must stay small. */
const MOVEMENTS_PER_DAY_MAX = 256;
/** Days since 1970-01-01; the end of the year 9999. */
const DAY_MAX = 2_932_896;
/** Days of one statement, ten years: each step of it reads 15. */
const STATEMENT_DAYS_MAX = 3660;

const number = t.integer({ minimum: 0, maximum: ACCOUNTS_MAX - 1 });
const amount = t.integer({ minimum: 1, maximum: MONEY_MAX });
const balance = t.integer({ minimum: 0, maximum: MONEY_MAX });
const day = t.integer({ minimum: 0, maximum: DAY_MAX });
const count = t.integer({ minimum: 0 });

/** `moves` counts every change of the balance: the audit sees by it whether an account changed while it was looking. */
const account = record({
  key: number,
  value: t.object({ owner: t.text({ minLength: 1, maxLength: 64 }), balance, moves: count }),
});

/** What the bank as a whole holds. Only `open`, `deposit` and `withdraw` touch it; a transfer must not change it. */
const book = record({
  key: t.choice(["book"]),
  value: t.object({ accounts: count, total: count, moves: count }),
});

/** The bank's day. It only moves forward, and money moves only on the present day. */
const today = record({ key: t.choice(["today"]), value: day });

const movement = t.object({
  kind: t.choice(["deposit", "withdrawal", "sent", "received"]),
  /** The other account of a transfer. */
  other: t.nullable(number),
  amount,
  /** After the movement. */
  balance,
});

/** An account's movements on one day. */
const page = record({
  key: t.object({ account: number, day }),
  value: t.array(movement, { maxItems: MOVEMENTS_PER_DAY_MAX }),
});

interface Account {
  readonly owner: string;
  readonly balance: number;
  readonly moves: number;
}

type Movement = {
  readonly kind: "deposit" | "withdrawal" | "sent" | "received";
  readonly other: number | null;
  readonly amount: number;
  readonly balance: number;
};

/** The account after its balance changed by `change`, and its page with that movement. */
function move(
  before: Account | null,
  written: readonly Movement[] | null,
  change: number,
  what: { readonly kind: Movement["kind"]; readonly other: number | null },
): { readonly account: Account; readonly page: Movement[] } {
  const { owner, balance: held, moves } = before ?? fail("no_such_account");
  const after = held + change;
  if (after > MONEY_MAX) fail("account_full");
  const earlier = written ?? [];
  if (earlier.length === MOVEMENTS_PER_DAY_MAX) fail("too_many_movements_today");
  const entry = { ...what, amount: Math.abs(change), balance: after };
  return { account: { owner, balance: after, moves: moves + 1 }, page: [...earlier, entry] };
}

function demandToday(asked: number, present: number | null): void {
  if (asked !== (present ?? 0)) fail("not_today");
}

const NO_BOOK = { accounts: 0, total: 0, moves: 0 };
const oneAccount = t.object({ account: number, amount, day });
/** Money that is not there is an answer, certified as such; the balance is what the account has now. */
const outcome = t.object({ done: t.boolean(), balance });

/** Accounts, money that is neither made nor lost, and statements. Amounts are cents. */
export default defineService({
  name: "bank",
  version: "1",
  records: { account, book, today, page },
  operations: {
    /** Accounts are numbered without gaps, so that an audit can name them all. */
    open: operation({
      arguments: t.object({ account: number, owner: t.text({ minLength: 1, maxLength: 64 }) }),
      result: t.object({ accounts: count }),
      touches: { account, book },
      keys: (args) => ({ account: args.account, book: "book" }),
      run({ account: asked, owner }, records) {
        const before = records.book ?? NO_BOOK;
        if (asked !== before.accounts) fail("not_the_next_account");
        const accounts = before.accounts + 1;
        return {
          result: { accounts },
          writes: { account: { owner, balance: 0, moves: 0 }, book: { ...before, accounts } },
        };
      },
    }),
    deposit: operation({
      arguments: oneAccount,
      result: outcome,
      touches: { account, book, page, today },
      keys: (args) => ({
        account: args.account,
        book: "book",
        page: { account: args.account, day: args.day },
        today: "today",
      }),
      run(args, records) {
        demandToday(args.day, records.today);
        const what = { kind: "deposit", other: null } as const;
        const after = move(records.account, records.page, args.amount, what);
        const { accounts, total, moves } = records.book ?? NO_BOOK;
        if (total + args.amount > TOTAL_MAX) fail("bank_full");
        return {
          result: { done: true, balance: after.account.balance },
          writes: { ...after, book: { accounts, total: total + args.amount, moves: moves + 1 } },
        };
      },
    }),
    withdraw: operation({
      arguments: oneAccount,
      result: outcome,
      touches: { account, book, page, today },
      keys: (args) => ({
        account: args.account,
        book: "book",
        page: { account: args.account, day: args.day },
        today: "today",
      }),
      run(args, records) {
        demandToday(args.day, records.today);
        const held = (records.account ?? fail("no_such_account")).balance;
        if (held < args.amount) return { result: { done: false, balance: held } };
        const what = { kind: "withdrawal", other: null } as const;
        const after = move(records.account, records.page, -args.amount, what);
        const { accounts, total, moves } = records.book ?? NO_BOOK;
        return {
          result: { done: true, balance: after.account.balance },
          writes: { ...after, book: { accounts, total: total - args.amount, moves: moves + 1 } },
        };
      },
    }),
    /** `balance` is the sender's. */
    transfer: operation({
      arguments: t.object({ from: number, to: number, amount, day }),
      result: outcome,
      touches: { from: account, to: account, fromPage: page, toPage: page, today },
      keys: ({ from, to, day: on }) => ({
        from,
        to,
        fromPage: { account: from, day: on },
        toPage: { account: to, day: on },
        today: "today",
      }),
      run(args, records) {
        demandToday(args.day, records.today);
        const held = (records.from ?? fail("no_such_account")).balance;
        if (records.to === null) fail("no_such_account");
        if (held < args.amount) return { result: { done: false, balance: held } };
        const sent = { kind: "sent", other: args.to } as const;
        const received = { kind: "received", other: args.from } as const;
        const from = move(records.from, records.fromPage, -args.amount, sent);
        const to = move(records.to, records.toPage, args.amount, received);
        // The invariant, checked where it would break.
        if (from.account.balance + to.account.balance !== held + records.to.balance) {
          fail("money_not_conserved");
        }
        return {
          result: { done: true, balance: from.account.balance },
          writes: {
            from: from.account,
            to: to.account,
            fromPage: from.page,
            toPage: to.page,
          },
        };
      },
    }),
    /** Up to 16 accounts at one moment; null for those that do not exist. */
    balances: operation({
      arguments: t.object({ accounts: t.array(number, { minItems: 1, maxItems: 16 }) }),
      result: t.array(t.nullable(balance)),
      touches: { accounts: list(account, 16) },
      keys: ({ accounts }) => ({ accounts }),
      run: (_, { accounts }) => ({ result: accounts.map((one) => one?.balance ?? null) }),
    }),
    movements: operation({
      arguments: t.object({ account: number, day }),
      result: t.array(movement),
      touches: { page },
      keys: (key) => ({ page: key }),
      run: (_, records) => ({ result: records.page ?? [] }),
    }),
    /** 0 until it was set. */
    today: operation({
      arguments: t.object({}),
      result: t.object({ day }),
      touches: { today },
      keys: () => ({ today: "today" }),
      run: (_, records) => ({ result: { day: records.today ?? 0 } }),
    }),
    advanceDay: operation({
      arguments: t.object({ day }),
      result: t.object({ day }),
      touches: { today },
      keys: () => ({ today: "today" }),
      run(args, records) {
        if (args.day <= (records.today ?? 0)) fail("not_after_today");
        return { result: { day: args.day }, writes: { today: args.day } };
      },
    }),
  },
  workflows: {
    /**
     * What came in and went out of an account from one day to another, both included. A page changes on its own day only, so a statement
     * of days that are over is the same whenever it is asked for.
     */
    statement: workflow({
      arguments: t.object({ account: number, from: day, to: day }),
      state: t.object({ day: count, movements: count, received: count, sent: count }),
      result: t.object({ movements: count, received: count, sent: count }),
      touches: { pages: list(page, 15) },
      start({ from, to }) {
        if (to - from >= STATEMENT_DAYS_MAX) fail("period_too_long");
        return { day: from, movements: 0, received: 0, sent: 0 };
      },
      keys({ account: whose, to }, { day: next }) {
        const size = Math.min(15, to + 1 - next);
        if (size <= 0) return null;
        const pages = Array.from({ length: size }, (_, i) => ({ account: whose, day: next + i }));
        return { pages };
      },
      step(_, state, { pages }) {
        let { movements, received, sent } = state;
        for (const one of pages) {
          for (const { kind, amount: cents } of one ?? []) {
            movements++;
            if (kind === "deposit" || kind === "received") received += cents;
            else sent += cents;
          }
        }
        return { day: state.day + pages.length, movements, received, sent };
      },
      finish: (_, { movements, received, sent }) => ({ movements, received, sent }),
    }),
    /**
     * Is the money all there? Two rounds over all accounts: in the first the balances are added up, in both the counters of changes. Those
     * only grow, so if their sums agree no account changed between its two readings, and the balances are those of one moment: `quiet`.
     * Otherwise nothing is said of the money: `conserved` is null, and whoever audits asks again.
     */
    audit: workflow({
      arguments: t.object({ accounts: count }),
      state: t.object({
        next: count,
        sum: count,
        moves: t.array(count, { minItems: 2, maxItems: 2 }),
        books: t.array(t.nullable(t.object({ accounts: count, total: count, moves: count })), {
          maxItems: 2,
        }),
      }),
      result: t.object({
        quiet: t.boolean(),
        conserved: t.nullable(t.boolean()),
        sum: count,
        total: count,
      }),
      touches: { accounts: list(account, 14), book: list(book, 1) },
      start: () => ({ next: 0, sum: 0, moves: [0, 0], books: [] }),
      keys({ accounts }, { next, books }) {
        if (books.length === 2) return null;
        const end = accounts * (books.length + 1);
        const size = Math.min(14, end - next);
        // The book is read between the rounds and after them.
        if (size === 0) return { accounts: [], book: ["book"] };
        return {
          accounts: Array.from({ length: size }, (_, i) => (next + i) % accounts),
          book: [],
        };
      },
      step(_, state, records) {
        const round = state.books.length;
        if (records.book.length === 1) {
          return { ...state, books: [...state.books, records.book[0] ?? null] };
        }
        const moves = [...state.moves];
        let { sum } = state;
        for (const one of records.accounts) {
          const { balance: held, moves: times } = one ?? fail("no_such_account");
          if (round === 0) sum += held;
          moves[round] = (moves[round] ?? 0) + times;
        }
        return { ...state, next: state.next + records.accounts.length, sum, moves };
      },
      finish({ accounts }, { sum, moves, books }) {
        const [first = null, second = null] = books;
        const { total } = first ?? NO_BOOK;
        const isSameBook = (first ?? NO_BOOK).moves === (second ?? NO_BOOK).moves;
        const isWhole = (second ?? NO_BOOK).accounts === accounts;
        const quiet = moves[0] === moves[1] && isSameBook && isWhole;
        return { quiet, conserved: quiet ? sum === total : null, sum, total };
      },
    }),
  },
});
