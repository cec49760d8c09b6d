// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import type { TransactItem } from "@zeta/protocol/kv-transact";
import { ARGUMENT_BYTES_MAX, DIGEST_BYTES, TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";
import { CommandError } from "./command-error.ts";
import { keyName, type RecordView, type ViewedRecord } from "./record-view.ts";
import type { Watched } from "./session.ts";

/** What makes a command's writes happen, if and only if what it read still holds. */
export type Plan =
  /** A watched record changed: nothing may happen. */
  | { readonly kind: "watchFailed" }
  /** Nothing is written, and what was read was read at one moment. */
  | { readonly kind: "nothing" }
  | {
      readonly kind: "call";
      readonly function: number;
      readonly argument: Uint8Array;
      /** Of a transact: its items' keys, in their order. */
      readonly keys: readonly Buffer[] | null;
    };

export interface PlanParts {
  readonly view: RecordView;
  readonly watched: Watched;
  /** BLAKE3-256, as a transact compares values. */
  readonly digest: (value: Uint8Array) => Uint8Array;
}

/** @throws CommandError for more records or bytes than one step can have. */
export function planTransact(parts: PlanParts): Plan {
  const { view, watched, digest } = parts;
  const all = withWatched(view, watched);
  for (const { before, key } of all) {
    const watch = watched.get(keyName(key));
    if (
      watch !== undefined &&
      before !== undefined &&
      !isSame(watch.digest, before === null ? null : digest(before))
    ) {
      return { kind: "watchFailed" };
    }
  }
  const records = all.filter((record) => isInvolved(record, watched));
  const isReadOnly = records.every(({ after }) => after === undefined);
  const [only] = records;
  if (only === undefined) return { kind: "nothing" };
  if (records.length === 1 && isReadOnly && only.before !== undefined) return { kind: "nothing" };
  if (records.length === 1 && only.pin === "nothing" && watched.size === 0) return single(only);
  return transact(records, parts);
}

/** Watched records take part even if no command names them. */
function withWatched(view: RecordView, watched: Watched): readonly ViewedRecord[] {
  const records = view.records();
  if (watched.size === 0) return records;
  const known = new Set(records.map(({ key }) => keyName(key)));
  const more: ViewedRecord[] = [...watched]
    .filter(([name]) => !known.has(name))
    .map(([, { key }]) => ({ key, before: undefined, pin: "nothing", after: undefined }));
  return [...records, ...more].sort((a, b) => Buffer.compare(a.key, b.key));
}

function isInvolved({ key, pin, after }: ViewedRecord, watched: Watched): boolean {
  return pin !== "nothing" || after !== undefined || watched.has(keyName(key));
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

function single({ key, after }: ViewedRecord): Plan {
  const operation =
    after === null || after === undefined
      ? ({ operation: "delete", key } as const)
      : ({ operation: "put", key, value: after } as const);
  const argument = encodeKvArgument(operation);
  return { kind: "call", function: kvFunctionNumber(operation.operation), argument, keys: null };
}

function transact(records: readonly ViewedRecord[], parts: PlanParts): Plan {
  if (records.length > TRANSACT_RECORDS_MAX) tooManyRecords(records.length);
  const items = records.map((record) => itemOf(record, parts));
  const bytes = items.reduce((sum, item) => sum + bytesOf(item), 1);
  if (bytes > ARGUMENT_BYTES_MAX) {
    throw new CommandError(
      `ERR transaction_too_large: expected at most ${ARGUMENT_BYTES_MAX} bytes of keys and values in one step, got ${bytes}`,
    );
  }
  return {
    kind: "call",
    function: kvFunctionNumber("transact"),
    argument: encodeKvArgument({ operation: "transact", items }),
    keys: records.map(({ key }) => key),
  };
}

export function tooManyRecords(count: number): never {
  throw new CommandError(
    `ERR transaction_too_large: expected at most ${TRANSACT_RECORDS_MAX} records in one step, got ${count}`,
  );
}

function itemOf(record: ViewedRecord, parts: PlanParts): TransactItem {
  const { key, after } = record;
  const write = after === undefined ? "keep" : after === null ? "delete" : { put: after };
  return { key, condition: conditionOf(record, parts), write };
}

function conditionOf(
  { key, before, pin }: ViewedRecord,
  { watched, digest }: PlanParts,
): TransactItem["condition"] {
  const watch = watched.get(keyName(key));
  if (watch !== undefined) return watch.digest === null ? "absent" : { equals: watch.digest };
  if (pin === "nothing" || before === undefined) return "any";
  if (before === null) return "absent";
  return pin === "presence" ? "present" : { equals: digest(before) };
}

/** As the encoding has it (docs/formats.md §2). */
function bytesOf({ key, condition, write }: TransactItem): number {
  const digest = typeof condition === "object" ? DIGEST_BYTES : 0;
  const value = typeof write === "object" ? 4 + write.put.length : 0;
  return 2 + key.length + 1 + digest + 1 + value;
}
