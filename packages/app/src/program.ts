// SPDX-License-Identifier: Apache-2.0
import { CallError } from "./call-error.ts";
import { CallerSignature } from "./caller-signature.ts";
import { compileCodec } from "./codec/compile-codec.ts";
import type { Reader } from "./codec/reader.ts";
import type { Functions } from "./functions.ts";
import { NAME_CHARACTERS_MAX } from "./limits.ts";
import type { Manifest, ManifestOperation } from "./manifest.ts";
import { PreparedCall } from "./prepared-call.ts";
import type { ProgramOperation } from "./program-operation.ts";
import { RecordCodec } from "./record-codec.ts";
import { coded } from "./refusal.ts";

/** A service ready to run calls: its manifest compiled, its functions at hand. Keeps nothing between calls. */
export class Program {
  readonly manifest: Manifest;
  readonly operations: readonly ProgramOperation[];
  readonly functions: Functions;
  readonly #numbers = new Map<string, number>();

  /** @throws ZetaError `service_invalid` for a schema that services do not know. */
  constructor(manifest: Manifest, functions: Functions) {
    this.manifest = manifest;
    this.functions = functions;
    const { maker } = functions;
    const kinds = new Map(
      Object.entries(manifest.records).map(([name, kind]) => [
        name,
        new RecordCodec(name, kind, maker),
      ]),
    );
    this.operations = manifest.operations.map((one, number) => this.#compile(one, number, kinds));
    for (const { name, number } of this.operations) this.#numbers.set(name, number);
  }

  #compile(
    one: ManifestOperation,
    number: number,
    kinds: ReadonlyMap<string, RecordCodec>,
  ): ProgramOperation {
    const { maker } = this.functions;
    const touches = one.touches.map(({ name, record, max }) => ({
      ...{ name, max },
      record: kinds.get(record) as RecordCodec,
    }));
    return {
      ...{ number, touches, name: one.name, workflow: one.workflow, signed: one.signed },
      service: this.manifest.name,
      arguments: compileCodec(one.arguments, `arguments of ${one.name}`, maker),
      result: compileCodec(one.result, `result of ${one.name}`, maker),
      hasLists: touches.some(({ max }) => max !== null),
      shape: maker.shape(touches.map(({ name }) => name)),
    };
  }

  /** @throws CallError `unknown_operation`. */
  operation(name: string): ProgramOperation {
    const operation = this.operations[this.#numbers.get(name) ?? -1];
    if (operation === undefined) {
      const names = this.operations.filter(({ workflow }) => workflow === null);
      const expected = names.map((one) => one.name).join(", ");
      const got = JSON.stringify(name.slice(0, NAME_CHARACTERS_MAX));
      throw new CallError("unknown_operation", `expected one of ${expected}, got ${got}`);
    }
    return operation;
  }

  /**
   * Reads the argument of a call, to its last byte, and asks the operation for its keys.
   *
   * @throws CallError `unknown_operation`, `invalid_argument`; for the keys `invalid_key` or what the function did; CallFailed.
   */
  prepare(number: number, argument: Reader): PreparedCall {
    const operation = this.operations[number];
    if (operation === undefined) {
      const expected = `expected a function in 0..${this.operations.length - 1}`;
      throw new CallError("unknown_operation", `${expected}, got ${number}`);
    }
    const args = this.#read(operation, argument);
    const signature = operation.signed
      ? new CallerSignature(this.functions, operation, args, argument.copy())
      : null;
    return new PreparedCall(this.functions, operation, args, signature);
  }

  #read(operation: ProgramOperation, argument: Reader): unknown {
    try {
      const args = operation.arguments.read(argument);
      argument.close();
      return args;
    } catch (error) {
      throw coded(error, "invalid_argument");
    }
  }
}
