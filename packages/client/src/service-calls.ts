// SPDX-License-Identifier: Apache-2.0
import type { Service, Static } from "@zeta/app";
import { Reader } from "@zeta/app/codec/reader";
import { encodeArgument } from "@zeta/app/encode-argument";
import { plainFunctions } from "@zeta/app/functions";
import { readManifest } from "@zeta/app/manifest";
import { messageToSign } from "@zeta/app/message-to-sign";
import type { AnyOperation } from "@zeta/app/operation";
import { Program } from "@zeta/app/program";
import type { ProgramOperation } from "@zeta/app/program-operation";
import { coded } from "@zeta/app/refusal";
import type { AnyWorkflow } from "@zeta/app/workflow";
import { toHex } from "@zeta/protocol/hex";
import type { CallOptions } from "./call-options.ts";
import type { ServiceQuestion } from "./evidence.ts";
import type { ToldServiceAnswer } from "./http/answers.ts";
import type { ServiceAnswer } from "./service-answer.ts";

type Call<Part extends AnyOperation | AnyWorkflow> = (
  args: Static<Part["arguments"]>,
  options?: CallOptions,
) => Promise<ServiceAnswer<Static<Part["result"]>>>;

/** A service's operations and workflows as functions that ask and answer. */
export type ServiceClient<S extends Service> = {
  readonly [Name in keyof S["operations"]]: Call<S["operations"][Name]>;
} & {
  readonly [Name in keyof S["workflows"]]: Call<S["workflows"][Name]>;
};

/** What is sent for a call, and how its answer becomes a question with a result that a receipt can be held against. */
export interface ServiceCall {
  /** Operation or workflow, the last part of the path. */
  readonly name: string;
  readonly json: unknown;
  /** @throws ZetaError `malformed` or a mismatch with the schema. */
  read(told: ToldServiceAnswer): {
    readonly question: ServiceQuestion;
    readonly result: Uint8Array;
    readonly value: unknown;
  };
}

/** The schemas of a service that the client trusts; its functions are not called. */
export class ServiceCalls {
  readonly #program: Program;

  /**
   * @param service its definition, or anything else with a manifest: data that is read strictly.
   * @throws ZetaError `service_invalid`.
   */
  constructor(service: { readonly manifest: unknown }) {
    const manifest = readManifest(JSON.parse(JSON.stringify(service.manifest)));
    this.#program = new Program(
      manifest,
      plainFunctions({ ...service, functions: [] } as unknown as Service, () => false),
    );
  }

  /** Names of what can be called: operations, and workflows. */
  get names(): readonly string[] {
    const names = this.#program.operations.map(({ name, workflow }) => workflow ?? name);
    return [...new Set(names)];
  }

  /**
   * A call of an operation or a workflow.
   *
   * @throws CallError `unknown_operation` or `invalid_argument`.
   */
  prepare(name: string, args: unknown, requestId: Uint8Array): ServiceCall {
    const isWorkflow = this.#program.operations.some(({ workflow }) => workflow === name);
    return isWorkflow
      ? this.#workflow(name, args, requestId)
      : this.#operation(this.#program.operation(name), args, requestId);
  }

  /**
   * Arguments as values, from JSON where bytes are hex.
   *
   * @throws CallError `unknown_operation` or `invalid_argument`.
   */
  fromJson(name: string, json: unknown): unknown {
    const workflow = this.#program.operations.find((one) => one.name === `${name}.begin`);
    const operation = workflow ?? this.#program.operation(name);
    try {
      if (workflow === undefined) return operation.arguments.fromJson(json);
      const id = "00".repeat(16);
      return (operation.arguments.fromJson({ id, args: json }) as { args: unknown }).args;
    } catch (error) {
      throw coded(error, "invalid_argument");
    }
  }

  /**
   * The JSON schema of what an operation or a workflow is asked with.
   *
   * @throws CallError `unknown_operation`.
   */
  argumentSchema(name: string): unknown {
    const { operations } = this.#program.manifest;
    const workflow = operations.find((one) => one.name === `${name}.begin`);
    if (workflow === undefined) return operations[this.#program.operation(name).number]?.arguments;
    return (workflow.arguments as { properties: { args: unknown } }).properties.args;
  }

  /** Does the operation ask for its caller's signature? */
  isSigned(name: string): boolean {
    return this.#program.operations.some((one) => one.name === name && one.signed);
  }

  /**
   * What the signer of a call signs.
   *
   * @param args with whatever stands for the signature.
   * @param sequence of the signer, as the service's records have it now.
   * @throws CallError `unknown_operation` or `invalid_argument`.
   */
  messageToSign(name: string, args: object, sequence: number): Uint8Array<ArrayBuffer> {
    return messageToSign(this.#program.operation(name), args, sequence);
  }

  /** The result of an operation or a workflow as JSON, where bytes are hex. */
  toJson(name: string, result: unknown): unknown {
    const finish = this.#program.operations.find((one) => one.name === `${name}.finish`);
    return (finish ?? this.#program.operation(name)).result.toJson(result);
  }

  #operation(operation: ProgramOperation, args: unknown, requestId: Uint8Array): ServiceCall {
    const argument = encodeArgument(operation, args);
    return {
      name: operation.name,
      json: operation.arguments.toJson(args),
      read: (told) => this.#told(operation, argument, requestId, told),
    };
  }

  /**
   * The receipt of a workflow is that of its last call, whose argument is the client's request id and arguments and the state that the host
   * says: the monitor has compared all three with the workflow's record.
   */
  #workflow(name: string, args: unknown, id: Uint8Array): ServiceCall {
    const finish = this.#program.operation(`${name}.finish`);
    const begin = this.#program.operation(`${name}.begin`);
    encodeArgument(begin, { id, args });
    const { args: json } = begin.arguments.toJson({ id, args }) as { args: unknown };
    return {
      name,
      json,
      read: (told) => {
        const asked = { id: toHex(id), args: json, state: told.state };
        const argument = encodeArgument(finish, finish.arguments.fromJson(asked));
        return this.#told(finish, argument, id, told);
      },
    };
  }

  #told(
    operation: ProgramOperation,
    argument: Uint8Array,
    requestId: Uint8Array,
    told: ToldServiceAnswer,
  ) {
    const value = operation.result.fromJson(told.result);
    const { name, number } = operation;
    const text = JSON.stringify(operation.arguments.toJson(decode(operation.arguments, argument)));
    const tell = (bytes: Uint8Array) =>
      JSON.stringify(operation.result.toJson(decode(operation.result, bytes)));
    const question = { ...{ operation: name, requestId, argument, text, tell }, function: number };
    return { question, value, result: encodeArgument({ arguments: operation.result }, value) };
  }
}

function decode(codec: { read(reader: Reader): unknown }, bytes: Uint8Array): unknown {
  return codec.read(new Reader().open(bytes));
}
