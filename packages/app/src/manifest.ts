// SPDX-License-Identifier: Apache-2.0
/**
 * What a service says of itself, as data: names and schemas. It is part of the service's code and thus of the measurement; a client that
 * reads it from a host knows nothing before it has hashed the code.
 */
import { ZetaError } from "@zeta/protocol/error";
import { NAME_CHARACTERS_MAX, OPERATIONS_MAX, RECORD_KINDS_MAX, TOUCHES_MAX } from "./limits.ts";

export interface ManifestTouch {
  readonly name: string;
  /** Name of the kind of records. */
  readonly record: string;
  /** Up to so many records, as a list; null: one record. */
  readonly max: number | null;
}

export interface ManifestOperation {
  readonly name: string;
  readonly arguments: unknown;
  readonly result: unknown;
  readonly touches: readonly ManifestTouch[];
  /** The workflow whose part this is; no client can call it by itself. */
  readonly workflow: string | null;
  /** Does a call need the signature of whom the operation's `signer` names? */
  readonly signed: boolean;
}

export interface ManifestRecord {
  readonly key: unknown;
  readonly value: unknown;
  /** A workflow's own records, in a key space that no operation names. */
  readonly hidden: boolean;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly records: Readonly<Record<string, ManifestRecord>>;
  /** The index is the function number. */
  readonly operations: readonly ManifestOperation[];
}

const NAME = /^[a-z][a-zA-Z0-9_]*$/;
/** A workflow's part is named after the workflow. */
const OPERATION_NAME = /^[a-z][a-zA-Z0-9_]*(\.(begin|step|finish|abort))?$/;
const SERVICE_NAME = /^[a-z][a-z0-9-]*$/;
const VERSION = /^[!-~]+$/;

/**
 * Reads a manifest strictly. Schemas are taken as they are; compiling them is strict in its turn.
 *
 * @throws ZetaError `service_invalid`.
 */
export function readManifest(json: unknown): Manifest {
  const given = objectOf(json, "a manifest", ["name", "version", "records", "operations"]);
  const records: Record<string, ManifestRecord> = {};
  const kinds = entriesOf(given.records, "records", RECORD_KINDS_MAX);
  for (const [name, record] of kinds) {
    const { key, value, hidden } = objectOf(record, name, ["key", "value", "hidden"]);
    if (typeof hidden !== "boolean") invalid(`hidden of ${name}`, "a boolean", hidden);
    records[nameOf(name, NAME, "record")] = { key, value, hidden };
  }
  const operations = arrayOf(given.operations, "operations", OPERATIONS_MAX).map((one) =>
    readOperation(one, records),
  );
  if (operations.length === 0) invalid("operations", "at least one", 0);
  const names = new Set(operations.map(({ name }) => name));
  if (names.size !== operations.length) invalid("operations", "distinct names", "one twice");
  return {
    name: nameOf(given.name, SERVICE_NAME, "service"),
    version: nameOf(given.version, VERSION, "version"),
    records,
    operations,
  };
}

function readOperation(
  json: unknown,
  records: Readonly<Record<string, ManifestRecord>>,
): ManifestOperation {
  const members = ["name", "arguments", "result", "touches", "workflow", "signed"];
  const given = objectOf(json, "an operation", members);
  const name = nameOf(given.name, OPERATION_NAME, "operation");
  const workflow = given.workflow === null ? null : nameOf(given.workflow, NAME, "workflow");
  const [head, part] = name.split(".");
  if ((part === undefined ? null : head) !== workflow) {
    invalid(`workflow of ${name}`, String(part === undefined ? null : head), workflow);
  }
  const touches = arrayOf(given.touches, `touches of ${name}`, TOUCHES_MAX).map((one) => {
    const touch = objectOf(one, `a touch of ${name}`, ["name", "record", "max"]);
    const record = nameOf(touch.record, NAME, "record");
    const kind = Object.hasOwn(records, record) ? records[record] : undefined;
    if (kind === undefined) invalid(`touches of ${name}`, "a kind of records", record);
    if (kind.hidden && record !== workflow) invalid(name, "records of its own", record);
    const { max } = touch;
    const isMax = typeof max === "number" && Number.isInteger(max) && max >= 1;
    if (max !== null && !isMax) invalid(`max of ${name}`, "a positive integer or null", max);
    return { name: nameOf(touch.name, NAME, "touch"), record, max: max as number | null };
  });
  const count = touches.reduce((sum, { max }) => sum + (max ?? 1), 0);
  if (count < 1 || count > TOUCHES_MAX) invalid(`touches of ${name}`, `1..${TOUCHES_MAX}`, count);
  const { signed } = given;
  if (typeof signed !== "boolean") invalid(`signed of ${name}`, "a boolean", signed);
  if (signed && !endsWithSignature(given.arguments)) {
    invalid(`arguments of ${name}`, "an object that ends with signature: t.signature()", "another");
  }
  return { name, arguments: given.arguments, result: given.result, touches, workflow, signed };
}

/** Are the last bytes of every such argument a signature? */
function endsWithSignature(schema: unknown): boolean {
  const { type, properties, required } = (schema ?? {}) as Readonly<Record<string, unknown>>;
  if (type !== "object" || typeof properties !== "object" || properties === null) return false;
  const [name, last] = Object.entries(properties).at(-1) ?? [];
  const { contentEncoding, minLength, maxLength } = (last ?? {}) as typeof properties &
    Readonly<Record<string, unknown>>;
  const isSignature = contentEncoding === "base16" && minLength === 64 && maxLength === 64;
  return name === "signature" && isSignature && Array.isArray(required) && required.includes(name);
}

/** The most records that one call of the service touches. */
export function recordsPerCallMax({ operations }: Manifest): number {
  return Math.max(
    ...operations.map(({ touches }) => touches.reduce((sum, { max }) => sum + (max ?? 1), 0)),
  );
}

export function nameOf(value: unknown, pattern: RegExp, what: string): string {
  const fits =
    typeof value === "string" &&
    value.length <= NAME_CHARACTERS_MAX &&
    pattern.test(value) &&
    !(value in Object.prototype);
  if (!fits) invalid(`the name of a ${what}`, `${pattern.source}, 1..64 characters`, value);
  return value;
}

function objectOf(json: unknown, what: string, members: readonly string[]) {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  if (!isObject) invalid(what, "an object", json);
  const names = Object.keys(json);
  const fits = names.length === members.length && members.every((name) => names.includes(name));
  if (!fits) invalid(what, members.join(", "), names.join(", "));
  return json as Readonly<Record<string, unknown>>;
}

function entriesOf(json: unknown, what: string, max: number): [string, unknown][] {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  if (!isObject) invalid(what, "an object", json);
  const entries = Object.entries(json);
  if (entries.length > max) invalid(what, `at most ${max}`, entries.length);
  return entries;
}

function arrayOf(json: unknown, what: string, max: number): readonly unknown[] {
  if (!Array.isArray(json)) invalid(what, "an array", json);
  if (json.length > max) invalid(what, `at most ${max}`, json.length);
  return json;
}

export function invalid(what: string, expected: string, got: unknown): never {
  const shown = JSON.stringify(got)?.slice(0, 60) ?? "nothing";
  throw new ZetaError("service_invalid", `expected ${expected} as ${what}, got ${shown}`);
}
