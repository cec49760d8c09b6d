// SPDX-License-Identifier: Apache-2.0
import { isCallRefusal } from "@zeta/app/call-error";
import { Reader } from "@zeta/app/codec/reader";
import { Writer } from "@zeta/app/codec/writer";
import type { PreparedCall as ServiceCall } from "@zeta/app/prepared-call";
import type { Program } from "@zeta/app/program";
import { decodeCall } from "@zeta/protocol/call";
import { blake3Digest } from "@zeta/protocol/digest";
import { isZetaError } from "@zeta/protocol/error";
import { SERVICE_CALL_BYTES_MAX } from "@zeta/protocol/limits";
import type { FunctionTable, Outcome, PreparedCall } from "./apps.ts";
import { Refusal } from "./rules.ts";

/** The functions of a service in TypeScript (docs/services.md), in place of the key-value functions. */
export function serviceFunctions(program: Program): FunctionTable {
  return new Map(
    program.operations.map(({ number }) => [
      number,
      (payload) => prepare(program, number, payload),
    ]),
  );
}

/** R.consume: framing, argument and the keys that follow from it. */
function prepare(program: Program, number: number, payload: Uint8Array): PreparedCall {
  try {
    const call = decodeCall(payload);
    const { argument, slots } = call;
    if (argument.length > SERVICE_CALL_BYTES_MAX) throw new Refusal("R.consume");
    const prepared = program.prepare(number, new Reader().open(argument));
    const keys = Array.from({ length: prepared.count }, (_, i) =>
      blake3Digest(written((writer) => prepared.writeKey(i, writer))),
    );
    if (keys.length !== slots.length) throw new Refusal("R.consume");
    return { ...call, keys, run: (before) => run(prepared, before) };
  } catch (error) {
    throw isZetaError(error) ? new Refusal("R.consume") : error;
  }
}

/** R.fail: whatever is wrong with records, function or outcome, this call must not have happened. */
function run(call: ServiceCall, before: readonly (Uint8Array | null)[]): Outcome | null {
  try {
    for (const value of before) {
      if (value !== null && value.length > SERVICE_CALL_BYTES_MAX) call.refuseValue(value.length);
      call.takeValue(value === null ? null : new Reader().open(value));
    }
    call.run();
    const result = written((writer) => call.writeResult(writer));
    const after = before.map((value, i) => {
      let change = "keep";
      const bytes = written((writer) => {
        change = call.writeValue(i, writer);
      });
      return change === "write" ? bytes : change === "keep" ? value : null;
    });
    return { result, after };
  } catch (error) {
    if (!isCallRefusal(error)) throw error;
    return null;
  }
}

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(new Uint8Array(SERVICE_CALL_BYTES_MAX));
  write(writer);
  return writer.toBytes();
}
