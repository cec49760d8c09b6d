// SPDX-License-Identifier: Apache-2.0
import { encodeArgument } from "@zeta/app/encode-argument";
import type { Program } from "@zeta/app/program";
import { runCall } from "@zeta/app/run-call";
import { workflowCalls } from "@zeta/app/workflow-calls";
import { Random } from "@zeta/monitor/test/support/random";
import { equalBytes } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { functionTable } from "@zeta/service/app-service";
import { StoreWorker } from "@zeta/store/store-worker";
import { Reader, type World } from "../world.ts";
import { POLICIES, runEpochs } from "./bytes-world.ts";

/** Sixteen records of a call, the root, and up to two nodes: the least that the store works with, and a little more. */
const SLOTS = [19, 20, 23, 40];
const VALUE_MEMORY_BYTES = 16 << 20;
const ACCOUNTS = 12;
const DAYS = 40;

/** A service in TypeScript over the store: calls on up to sixteen records, refused ones, and workflows with other calls between their steps. */
export function serviceWorld(seed: number, bank: Program): World {
  return new ServiceWorld(seed, bank).run();
}

type Workflow = ReturnType<typeof workflowCalls>;

class ServiceWorld {
  readonly #random: Random;
  readonly #bank: Program;
  readonly #store: StoreWorker;
  readonly #reader: Reader;
  /** Values by key: every call runs on it as well, and must answer the same. */
  readonly #model = new Map<string, Uint8Array>();
  readonly #workflows: { calls: Workflow; next: ReturnType<Workflow["next"]> }[] = [];
  #accounts = 0;
  #operations = 0;
  #refused = 0;
  #finished = 0;

  constructor(seed: number, bank: Program) {
    this.#random = new Random(seed);
    this.#bank = bank;
    const shape = { threads: 1, slots: this.#random.pick(SLOTS) };
    const policy = this.#random.pick(POLICIES);
    this.#store = new StoreWorker({
      ...{ ...shape, thread: 0, functions: functionTable(bank) },
      ...{ valueMemoryBytes: VALUE_MEMORY_BYTES, policy },
    });
    const valueMemoryBytes = VALUE_MEMORY_BYTES;
    this.#reader = new Reader({ ...shape, profile: "bytes", service: bank, valueMemoryBytes });
  }

  run(): World {
    const epochs = runEpochs([this.#store], this.#reader, this.#random, () => this.#step());
    const counts = { refusedCalls: this.#refused, workflows: this.#finished };
    return { operations: this.#operations, epochs, failure: this.#reader.failure, counts };
  }

  #step(): void {
    const random = this.#random;
    if (this.#workflows.length > 0 && random.oneIn(2)) this.#advance();
    else if (random.oneIn(8)) this.#begin();
    else this.#callAnything();
  }

  #callAnything(): void {
    const { name, args } = this.#anyCall();
    const operation = this.#bank.operation(name);
    const told = this.#call(operation.number, encodeArgument(operation, args));
    if (name === "open" && told !== null) this.#accounts++;
  }

  #anyCall(): { name: string; args: object } {
    const random = this.#random;
    const [account, other] = [random.below(ACCOUNTS), random.below(ACCOUNTS)];
    const money = { amount: 1 + random.below(100), day: 0 };
    return random.pick<() => { name: string; args: object }>([
      () => ({ name: "open", args: { account: this.#accounts, owner: `owner ${account}` } }),
      () => ({ name: "open", args: { account: this.#accounts, owner: "x".repeat(64) } }),
      () => ({ name: "deposit", args: { account, ...money } }),
      () => ({ name: "withdraw", args: { account, ...money } }),
      () => ({ name: "transfer", args: { from: account, to: other, ...money } }),
      () => ({ name: "movements", args: { account, day: 0 } }),
      () => ({
        name: "balances",
        args: { accounts: random.shuffled([...Array(16).keys()]).slice(0, 1 + account) },
      }),
    ])();
  }

  #begin(): void {
    const random = this.#random;
    const id = this.#bank.functions.maker.bytes(16);
    id.set(random.bytes(16));
    const calls = random.oneIn(2)
      ? workflowCalls(this.#bank, "audit", { accounts: this.#accounts }, id)
      : workflowCalls(this.#bank, "statement", { account: 0, from: 0, to: random.below(DAYS) }, id);
    this.#workflows.push({ calls, next: calls.next() });
  }

  /** The next call of a workflow; one that is refused, as an audit is that was disturbed, is aborted. */
  #advance(): void {
    const at = this.#random.below(this.#workflows.length);
    const workflow = this.#workflows[at];
    if (workflow === undefined || workflow.next.done === true) return;
    const { calls, next } = workflow;
    const told = this.#call(next.value.function, next.value.argument);
    try {
      workflow.next = told === null ? calls.throw(REFUSED) : calls.next(told);
    } catch (error) {
      if (error !== REFUSED) throw error;
      workflow.next = { done: true, value: new Uint8Array(0) };
    }
    if (workflow.next.done !== true) return;
    if (told !== null) this.#finished++;
    this.#workflows.splice(at, 1);
  }

  /** Null: refused, by the store as by the functions alone. */
  #call(number: number, argument: Uint8Array): Uint8Array | null {
    this.#operations++;
    const expected = refusedOrNot(() => this.#onModel(number, argument));
    const requestId = this.#random.bytes(16);
    const told = refusedOrNot(
      () => this.#store.execute({ function: number, argument, requestId }).result,
    );
    if (told === null) this.#refused++;
    if (told === null || expected === null) {
      if (told !== expected) this.#reader.fail("a call refused by one side only");
    } else if (!equalBytes(told, expected)) this.#reader.fail("a wrong answer");
    return told;
  }

  #onModel(number: number, argument: Uint8Array): Uint8Array {
    const call = runCall(this.#bank, number, argument);
    const names = call.keys.map(toHex);
    const { result, values } = call.apply(names.map((name) => this.#model.get(name) ?? null));
    for (const [i, name] of names.entries()) {
      const value = values[i] ?? null;
      if (value === null) this.#model.delete(name);
      else this.#model.set(name, value);
    }
    return result;
  }
}

const REFUSED = new Error("refused");

function refusedOrNot(work: () => Uint8Array): Uint8Array | null {
  try {
    return work();
  } catch (error) {
    if (!isZetaError(error) || error.code === "assertion") throw error;
    return null;
  }
}
