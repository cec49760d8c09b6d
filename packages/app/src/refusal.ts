// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { CallError, CallFailed } from "./call-error.ts";
import { CodecError } from "./codec/codec-error.ts";
import type { Functions } from "./functions.ts";
import { NAME_CHARACTERS_MAX } from "./limits.ts";

const FAILURE = /^[a-z][a-z0-9_]*$/;
const MESSAGE_CHARACTERS_MAX = 200;

/**
 * What a function threw, or what reading its outcome threw, as an error with a code. Nothing else of it is let out but a short message:
 * it may be anything, also an object with getters that throw.
 */
export function refusalOf(functions: Functions, thrown: unknown): ZetaError {
  if (thrown instanceof ZetaError) return thrown;
  const { stopped } = functions;
  if (stopped === "fuel_exhausted") {
    return new CallError(stopped, "expected an end within the steps of one call, got none");
  }
  if (stopped !== null) return new CallError(stopped, "expected a shallower recursion, got more");
  const failure = textOf(thrown, "failure");
  if (failure !== null && failure.length <= NAME_CHARACTERS_MAX && FAILURE.test(failure)) {
    return new CallFailed(failure);
  }
  const message = textOf(thrown, "message") ?? "something that is no error";
  return new CallError(
    "function_threw",
    `expected an outcome, got: ${message.slice(0, MESSAGE_CHARACTERS_MAX)}`,
  );
}

/** Codes an error of a codec by the place where it came up; others stay as they are. */
export function coded(error: unknown, code: CallError["code"]): unknown {
  return error instanceof CodecError ? new CallError(code, error.message, { cause: error }) : error;
}

/** A text member of a thrown value, which may be anything. */
function textOf(thrown: unknown, name: string): string | null {
  try {
    const text = (thrown as Readonly<Record<string, unknown>> | null | undefined)?.[name];
    return typeof text === "string" ? text : null;
  } catch {
    return null;
  }
}
