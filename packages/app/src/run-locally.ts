// SPDX-License-Identifier: Apache-2.0
import { verifyCallMessage } from "@zeta/protocol/call-signature";
import { toHex } from "@zeta/protocol/hex";
import type { Static } from "typebox";
import { Reader } from "./codec/reader.ts";
import type { Service } from "./define-service.ts";
import { encodeArgument } from "./encode-argument.ts";
import { plainFunctions } from "./functions.ts";
import { readManifest } from "./manifest.ts";
import type { AnyOperation } from "./operation.ts";
import { Program } from "./program.ts";
import type { ProgramOperation } from "./program-operation.ts";
import { runCall } from "./run-call.ts";
import type { AnyWorkflow } from "./workflow.ts";
import { type WorkflowCall, workflowCalls } from "./workflow-calls.ts";

/** The operations of a service as plain functions, and its workflows. */
export type LocalService<S extends Service> = {
  readonly [Name in keyof S["operations"]]: Call<S["operations"][Name]>;
} & {
  readonly [Name in keyof S["workflows"]]: Call<S["workflows"][Name]>;
};

type Call<Part extends AnyOperation | AnyWorkflow> = (
  args: Static<Part["arguments"]>,
) => Static<Part["result"]>;

/**
 * Runs a service in memory, without store, monitor or sandbox: for a service's own tests. Arguments, records and results go through the
 * same encodings as in the monitor, so what does not match a schema shows here.
 *
 * @returns a function for each operation and workflow; they throw CallError and CallFailed.
 * @example
 * const local = runLocally(tally);
 * expect(local.add({ name: "a", by: 2 })).toBe(2);
 */
export function runLocally<S extends Service>(service: S): LocalService<S> {
  const manifest = readManifest(JSON.parse(JSON.stringify(service.manifest)));
  const machine = new LocalMachine(
    new Program(manifest, plainFunctions(service, verifyCallMessage)),
  );
  const calls: Record<string, (args: unknown) => unknown> = {};
  for (const name of Object.keys(service.operations)) {
    calls[name] = (args) => machine.call(name, args);
  }
  for (const name of Object.keys(service.workflows)) {
    calls[name] = (args) => machine.workflow(name, args);
  }
  return calls as LocalService<S>;
}

class LocalMachine {
  readonly #program: Program;
  readonly #records = new Map<string, Uint8Array>();
  #runs = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  call(name: string, args: unknown): unknown {
    const operation = this.#program.operation(name);
    const argument = encodeArgument(operation, args);
    return this.#decode(operation, this.#execute(operation.number, argument));
  }

  workflow(name: string, args: unknown): unknown {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(12, ++this.#runs);
    const calls = workflowCalls(this.#program, name, args, id);
    let next = calls.next();
    while (!next.done) next = this.#answer(calls, next.value);
    return this.#decode(this.#program.operation(`${name}.finish`), next.value);
  }

  #answer(
    calls: ReturnType<typeof workflowCalls>,
    call: WorkflowCall,
  ): IteratorResult<WorkflowCall, Uint8Array> {
    let result: Uint8Array;
    try {
      result = this.#execute(call.function, call.argument);
    } catch (error) {
      return calls.throw(error);
    }
    return calls.next(result);
  }

  #execute(number: number, argument: Uint8Array): Uint8Array {
    const call = runCall(this.#program, number, argument);
    const names = call.keys.map(toHex);
    const outcome = call.apply(names.map((key) => this.#records.get(key) ?? null));
    for (const [i, key] of names.entries()) {
      const value = outcome.values[i] ?? null;
      if (value === null) this.#records.delete(key);
      else this.#records.set(key, value);
    }
    return outcome.result;
  }

  #decode(operation: ProgramOperation, result: Uint8Array): unknown {
    return operation.result.read(new Reader().open(result));
  }
}
