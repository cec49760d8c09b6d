// SPDX-License-Identifier: Apache-2.0
/** The bank's audit, driven call by call, with other calls between its steps. */
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, test } from "vitest";
import { Reader } from "../src/codec/reader.ts";
import { encodeArgument } from "../src/encode-argument.ts";
import { plainFunctions } from "../src/functions.ts";
import { readManifest } from "../src/manifest.ts";
import { Program } from "../src/program.ts";
import { runCall } from "../src/run-call.ts";
import bank from "../src/services/bank.ts";
import { workflowCalls } from "../src/workflow-calls.ts";

const ACCOUNTS = 40;
const RICH = 1000;
const manifest = readManifest(JSON.parse(JSON.stringify(bank.manifest)));

class Bank {
  readonly #program = new Program(
    manifest,
    plainFunctions(bank, () => false),
  );
  readonly #records = new Map<string, Uint8Array | null>();

  constructor() {
    for (let account = 0; account < ACCOUNTS; account++) {
      this.call("open", { account, owner: `customer ${account}` });
      this.call("deposit", { account, amount: RICH, day: 0 });
    }
  }

  call(name: string, args: object): void {
    const operation = this.#program.operation(name);
    this.#execute(operation.number, encodeArgument(operation, args));
  }

  /** Runs the audit; `between` is called after each of its calls, with the number of it. */
  audit(between: (call: number) => void): unknown {
    const calls = workflowCalls(this.#program, "audit", { accounts: ACCOUNTS }, new Uint8Array(16));
    let next = calls.next();
    for (let call = 0; !next.done; call++) {
      const result = this.#execute(next.value.function, next.value.argument);
      between(call);
      next = calls.next(result);
    }
    return this.#program.operation("audit.finish").result.read(new Reader().open(next.value));
  }

  #execute(number: number, argument: Uint8Array): Uint8Array {
    const call = runCall(this.#program, number, argument);
    const names = call.keys.map(toHex);
    const { result, values } = call.apply(names.map((name) => this.#records.get(name) ?? null));
    for (const [i, name] of names.entries()) this.#records.set(name, values[i] ?? null);
    return result;
  }
}

/** Calls of an undisturbed audit: begin, three steps over the accounts, one over the book, both again, finish. */
const CALLS = 10;
const total = ACCOUNTS * RICH;
const everything = { quiet: true, conserved: true, sum: total, total };

describe("an audit", () => {
  test("of a quiet bank counts all the money, in so many calls", () => {
    const seen: number[] = [];
    expect(new Bank().audit((call) => seen.push(call))).toEqual(everything);
    expect(seen.length).toBe(CALLS);
  });

  test.each([
    ["from an account seen to one not seen", { from: 0, to: ACCOUNTS - 1 }, total + 7],
    ["from one not seen to one seen", { from: ACCOUNTS - 1, to: 0 }, total - 7],
  ])("says nothing of the money when some is moved %s", (_name, accounts, sum) => {
    const running = new Bank();
    const audited = running.audit((call) => {
      if (call === 1) running.call("transfer", { ...accounts, amount: 7, day: 0 });
    });
    expect(audited).toEqual({ quiet: false, conserved: null, sum, total });
  });

  test.each(Array.from({ length: CALLS }, (_, call) => [call]))(
    "never takes moved money for lost or made, wherever the transfer falls: after call %i",
    (at) => {
      const running = new Bank();
      const audited = running.audit((call) => {
        if (call === at) running.call("transfer", { from: 0, to: ACCOUNTS - 1, amount: 7, day: 0 });
      });
      expect(audited).toMatchObject({ conserved: expect.toSatisfy((told) => told !== false) });
    },
  );

  test("is disturbed by deposits and by new accounts as well", () => {
    const one = new Bank();
    const deposit = () => one.call("deposit", { account: 20, amount: 1, day: 0 });
    expect(one.audit((call) => call === 4 && deposit())).toMatchObject({ quiet: false });
    const other = new Bank();
    const open = () => other.call("open", { account: ACCOUNTS, owner: "new" });
    expect(other.audit((call) => call === 4 && open())).toMatchObject({ quiet: false });
    // The next audit, of all accounts that there are then, is not.
    expect(one.audit(() => {})).toMatchObject({ quiet: true, conserved: true, total: total + 1 });
  });
});
