// SPDX-License-Identifier: Apache-2.0
import { sign } from "node:crypto";
import { isCallRefusal } from "@zeta/app/call-error";
import type { ServiceCalls } from "@zeta/client";
import { CALL_SIGNATURE_BYTES } from "@zeta/protocol/call-message";
import { usageError } from "../exit.ts";
import { readCallerKey } from "./caller-key.ts";
import type { ServiceCallOptions } from "./service-call-options.ts";

const NO_SIGNATURE = "00".repeat(CALL_SIGNATURE_BYTES);

/**
 * The arguments of a call from their JSON; with --key they are signed.
 *
 * @throws ZetaError `usage`.
 */
export function callArguments(
  calls: ServiceCalls,
  name: string,
  json: unknown,
  options: Pick<ServiceCallOptions, "key" | "sequence">,
): unknown {
  if (!calls.names.includes(name)) {
    const names = calls.names.join(", ");
    throw usageError(`operation: expected one of ${names}, got ${JSON.stringify(name)}`);
  }
  if (options.key !== undefined) return signedArguments(calls, name, json, options);
  if (options.sequence !== undefined)
    throw usageError("--sequence: expected --key with it, got none");
  if (calls.isSigned(name) && !(isObject(json) && Object.hasOwn(json, "signature"))) {
    throw usageError(`${name}: expected a signature (--key FILE --sequence N), got none`);
  }
  return fromJson(calls, name, json);
}

function signedArguments(
  calls: ServiceCalls,
  name: string,
  json: unknown,
  { key: path = "", sequence }: Pick<ServiceCallOptions, "key" | "sequence">,
): unknown {
  if (!calls.isSigned(name)) {
    throw usageError(`--key: expected an operation that asks for a signature, got ${name}`);
  }
  if (sequence === undefined) {
    throw usageError("--key: expected --sequence N with it, which the service tells, got none");
  }
  if (!isObject(json)) throw usageError("arguments: expected an object, got something else");
  if (Object.hasOwn(json, "signature")) {
    throw usageError("arguments: expected no signature with --key, got one");
  }
  const key = readCallerKey(path);
  const args = fromJson(calls, name, { ...json, signature: NO_SIGNATURE }) as object;
  const signature = sign(null, calls.messageToSign(name, args, sequence), key);
  return { ...args, signature: Uint8Array.from(signature) };
}

/** @throws ZetaError `usage`. */
export function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`arguments: expected JSON, got: ${reason}`);
  }
}

function isObject(json: unknown): json is object {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function fromJson(calls: ServiceCalls, name: string, json: unknown): unknown {
  try {
    return calls.fromJson(name, json);
  } catch (error) {
    if (!isCallRefusal(error)) throw error;
    throw usageError(`arguments: ${error.message}`, error);
  }
}
