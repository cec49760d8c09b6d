// SPDX-License-Identifier: Apache-2.0
import type { Codec } from "./codec/codec.ts";
import { Reader } from "./codec/reader.ts";
import { Writer } from "./codec/writer.ts";
import { CALL_BYTES_MAX } from "./limits.ts";
import type { Program } from "./program.ts";
import type { WorkflowPart } from "./workflow.ts";

/** One call of a workflow, to be executed by whoever drives it. */
export interface WorkflowCall {
  readonly part: WorkflowPart;
  readonly function: number;
  readonly argument: Uint8Array;
}

interface Progress {
  readonly state: unknown;
  readonly more: boolean;
}

/**
 * The calls that a workflow consists of, one after the other: the driver executes each and gives its result bytes back. When a call throws,
 * it throws that into the generator, which then asks for `abort`, so that nothing of the workflow stays, and throws it again.
 *
 * @param id 16 bytes, never used for this workflow before.
 * @returns the result bytes of `finish`.
 * @example
 * const calls = workflowCalls(program, "total", { count: 100 }, randomBytes(16));
 * let next = calls.next();
 * while (!next.done) next = calls.next(execute(next.value));
 */
export function* workflowCalls(
  program: Program,
  name: string,
  args: unknown,
  id: Uint8Array,
): Generator<WorkflowCall, Uint8Array, Uint8Array> {
  const writer = new Writer(new Uint8Array(CALL_BYTES_MAX));
  const call = (part: WorkflowPart, argument: object): WorkflowCall => {
    const operation = program.operation(`${name}.${part}`);
    operation.arguments.write(argument, writer.clear());
    return { part, function: operation.number, argument: writer.toBytes() };
  };
  const progress = (part: WorkflowPart, result: Uint8Array): Progress =>
    decode(program.operation(`${name}.${part}`).result, result) as Progress;
  let { state, more } = progress("begin", yield call("begin", { id, args }));
  try {
    while (more) ({ state, more } = progress("step", yield call("step", { id, args, state })));
    return yield call("finish", { id, args, state });
  } catch (error) {
    yield call("abort", { id });
    throw error;
  }
}

function decode(codec: Codec, bytes: Uint8Array): unknown {
  const reader = new Reader().open(bytes);
  const value = codec.read(reader);
  reader.close();
  return value;
}
