// SPDX-License-Identifier: Apache-2.0
/**
 * Work larger than one call. A workflow is run as many calls: `begin` makes a record of its own, each `step` reads up to 15 records and
 * advances the state in it, `finish` takes the result out and deletes it, `abort` only deletes it. The state comes with each call, because
 * the keys of a step may depend on it and keys depend on arguments alone; the step compares it with the record, so the host cannot
 * change it. No operation can name such a record: its key space is another (docs/formats.md).
 */
import type { TSchema } from "typebox";
import { fail } from "./fail.ts";
import {
  type AnyOperation,
  type AnyRecord,
  type KeysOf,
  record,
  type Touches,
  type ValueOfSchema,
  type ValuesOf,
} from "./operation.ts";
import { t } from "./schema.ts";

export interface Workflow<
  Arguments extends TSchema,
  State extends TSchema,
  Result extends TSchema,
  T extends Touches,
> {
  readonly arguments: Arguments;
  /** What is kept between two steps. */
  readonly state: State;
  readonly result: Result;
  /** What each step reads: at most 15 records, since its own record is the sixteenth. */
  readonly touches: T;
  start(args: ValueOfSchema<Arguments>): ValueOfSchema<State>;
  /** The keys of the next step, null when there is none left. */
  keys(args: ValueOfSchema<Arguments>, state: ValueOfSchema<State>): KeysOf<T> | null;
  /** The state after a step. Steps read records and write none, so an aborted workflow leaves nothing behind. */
  step(
    args: ValueOfSchema<Arguments>,
    state: ValueOfSchema<State>,
    records: ValuesOf<T>,
  ): ValueOfSchema<State>;
  finish(args: ValueOfSchema<Arguments>, state: ValueOfSchema<State>): ValueOfSchema<Result>;
}

/** A workflow whatever its types. */
export interface AnyWorkflow {
  readonly arguments: TSchema;
  readonly state: TSchema;
  readonly result: TSchema;
  readonly touches: Touches;
  // biome-ignore-start lint/suspicious/noExplicitAny: a workflow of any types must fit.
  start(args: any): unknown;
  keys(args: any, state: any): Readonly<Record<string, unknown>> | null;
  step(args: any, state: any, records: any): unknown;
  finish(args: any, state: any): unknown;
  // biome-ignore-end lint/suspicious/noExplicitAny: as above.
}

/**
 * Describes a workflow.
 *
 * @example
 * const total = workflow({
 *   arguments: t.object({ count: t.integer({ minimum: 0 }) }),
 *   state: t.object({ next: t.integer(), sum: t.integer() }),
 *   result: t.integer(),
 *   touches: { accounts: list(account, 15) },
 *   start: () => ({ next: 0, sum: 0 }),
 *   keys: ({ count }, { next }) => (next < count ? { accounts: names(next, count) } : null),
 *   step: (_, { next, sum }, { accounts }) => ({ next: next + accounts.length, sum: sum + add(accounts) }),
 *   finish: (_, { sum }) => sum,
 * });
 */
export function workflow<
  const Arguments extends TSchema,
  const State extends TSchema,
  const Result extends TSchema,
  const T extends Touches,
>(parts: Workflow<Arguments, State, Result, T>): Workflow<Arguments, State, Result, T> {
  return parts;
}

/** The parts by the names that follow the workflow's, as in `total.begin`. */
export const WORKFLOW_PARTS = ["begin", "step", "finish", "abort"] as const;

export type WorkflowPart = (typeof WORKFLOW_PARTS)[number];

/** The name by which a workflow's operations touch its record. */
const RUN = "workflow";

/** The record of running workflows and the operations that a workflow consists of, in the order of {@link WORKFLOW_PARTS}. */
export function workflowParts(given: AnyWorkflow): {
  readonly run: AnyRecord;
  readonly operations: readonly { readonly name: WorkflowPart; readonly operation: AnyOperation }[];
} {
  const id = t.bytes({ minLength: 16, maxLength: 16 });
  const { arguments: args, state } = given;
  const run: AnyRecord = record({ key: id, value: t.object({ args, state }) });
  const keys = (own: { id: Uint8Array }) => ({ [RUN]: own.id });
  const touches = { [RUN]: run };
  const progress = t.object({ state, more: t.boolean() });
  const progressOf = (ownArgs: unknown, next: unknown) => ({
    state: next,
    more: given.keys(ownArgs, next) !== null,
  });
  const begin: AnyOperation = {
    ...{ arguments: t.object({ id, args }), result: progress, touches, keys },
    run(own: Claim, records: Found) {
      if (records[RUN] !== null) fail("workflow_exists");
      const first = given.start(own.args);
      const writes = { [RUN]: { args: own.args, state: first } };
      return { result: progressOf(own.args, first), writes };
    },
  };
  const step: AnyOperation = {
    ...{ arguments: t.object({ id, args, state }), result: progress },
    touches: { ...touches, ...given.touches },
    keys(own: Claim) {
      const more = given.keys(own.args, own.state);
      return more === null ? fail("workflow_done") : { ...keys(own), ...more };
    },
    run(own: Claim, records: Found) {
      demandClaim(own, records);
      const { [RUN]: _, ...read } = records;
      const next = given.step(own.args, own.state, read);
      const writes = { [RUN]: { args: own.args, state: next } };
      return { result: progressOf(own.args, next), writes };
    },
  };
  const finish: AnyOperation = {
    ...{ arguments: t.object({ id, args, state }), result: given.result, touches, keys },
    run(own: Claim, records: Found) {
      demandClaim(own, records);
      if (given.keys(own.args, own.state) !== null) fail("workflow_unfinished");
      return { result: given.finish(own.args, own.state), writes: { [RUN]: null } };
    },
  };
  const abort: AnyOperation = {
    ...{ arguments: t.object({ id }), result: t.boolean(), touches, keys },
    run: (_own: unknown, records: Found) => ({
      result: records[RUN] !== null,
      writes: { [RUN]: null },
    }),
  };
  const operations = [begin, step, finish, abort].map((part, i) => ({
    name: WORKFLOW_PARTS[i] as WorkflowPart,
    operation: part,
  }));
  return { run, operations };
}

/** The arguments of a part: what the host says the workflow's record holds. */
interface Claim {
  readonly id: Uint8Array;
  readonly args: unknown;
  readonly state: unknown;
}

type Found = Readonly<Record<string, unknown>>;

/** The host drives the workflow, so what it says of arguments and state counts only if the verified record says the same. */
function demandClaim(own: Claim, records: Found): void {
  const run = records[RUN] as { args: unknown; state: unknown } | null;
  if (run === null) fail("no_such_workflow");
  if (!same(run.args, own.args) || !same(run.state, own.state)) fail("workflow_conflict");
}

/** Equality of two values of one schema. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  for (const name of names) {
    if (!same((a as Found)[name], (b as Found)[name])) return false;
  }
  return true;
}
