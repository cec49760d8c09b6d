// SPDX-License-Identifier: Apache-2.0
import { Reader } from "@zeta/app/codec/reader";
import { encodeArgument } from "@zeta/app/encode-argument";
import type { Program } from "@zeta/app/program";
import { runCall } from "@zeta/app/run-call";
import type { Engine } from "@zeta/service/engine";
import type { Executed } from "@zeta/service/engine-call";
import { overwriteValue, peek } from "@zeta/store/tampering";

type Members = Readonly<Record<string, unknown>>;

/** The host of a service in TypeScript, who lies: about its records, about results, about what was executed. */
export class LyingHost {
  readonly #engine: Engine;
  readonly #program: Program;

  constructor(engine: Engine, program: Program) {
    this.#engine = engine;
    this.#program = program;
  }

  /** Changes members of a stored record, the one that a call names under `touch`. */
  forge(name: string, args: object, touch: string, change: Members): void {
    const operation = this.#program.operation(name);
    const index = operation.touches.findIndex((one) => one.name === touch);
    const codec = operation.touches[index]!.record.value;
    const key = runCall(this.#program, operation.number, encodeArgument(operation, args)).keys[
      index
    ]!;
    const { store } = this.#engine.instance;
    const before = codec.read(new Reader().open(peek(store, key)!)) as Members;
    overwriteValue(store, key, encodeArgument({ arguments: codec }, { ...before, ...change }));
  }

  /** From now on an operation's results are told with other members, while log and certificate stay honest. */
  misreport(name: string, change: (result: Members) => unknown): void {
    const { number, result } = this.#program.operation(name);
    this.#interfere({
      after: (asked, answer) => {
        if (asked !== number) return answer;
        const honest = result.read(new Reader().open(answer.result)) as Members;
        return { ...answer, result: encodeArgument({ arguments: result }, change(honest)) };
      },
    });
  }

  /** From now on calls of an operation are answered, and not executed. */
  pretend(name: string, answer: unknown): void {
    const { number, result } = this.#program.operation(name);
    this.#interfere({
      instead: (asked, requestId) => {
        if (asked !== number) return null;
        const { epoch } = this.#engine.instance.store;
        return {
          ...{ requestId, epoch, thread: 0 },
          result: encodeArgument({ arguments: result }, answer),
        };
      },
    });
  }

  #interfere(lie: {
    readonly instead?: (asked: number, requestId: string | null) => Executed | null;
    readonly after?: (asked: number, answer: Executed) => Executed;
  }): void {
    this.#engine.interfere({
      instead: (call) => lie.instead?.(call.function, call.requestId) ?? null,
      after: (call, answer) => lie.after?.(call.function, answer) ?? answer,
      receipt: async () => null,
    });
  }
}
