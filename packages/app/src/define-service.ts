// SPDX-License-Identifier: Apache-2.0
import type { Manifest, ManifestOperation, ManifestTouch } from "./manifest.ts";
import type { AnyOperation, AnyRecord, List } from "./operation.ts";
import type { AnyWorkflow } from "./workflow.ts";
import { workflowParts } from "./workflow.ts";

export interface ServiceParts<
  Records extends Readonly<Record<string, AnyRecord>>,
  Operations extends Readonly<Record<string, AnyOperation>>,
  Workflows extends Readonly<Record<string, AnyWorkflow>>,
> {
  /** Lower-case, at most 64 characters: also the service id in every certificate. */
  readonly name: string;
  readonly version: string;
  /** The kinds of records, by the names that their keys begin with. */
  readonly records: Records;
  readonly operations: Operations;
  readonly workflows?: Workflows;
}

/** A service: what {@link defineService} returns and a service's file exports as default. */
export interface Service<
  Operations extends Readonly<Record<string, AnyOperation>> = Readonly<
    Record<string, AnyOperation>
  >,
  Workflows extends Readonly<Record<string, AnyWorkflow>> = Readonly<Record<string, AnyWorkflow>>,
> {
  readonly manifest: Manifest;
  readonly operations: Operations;
  readonly workflows: Workflows;
  /** The functions by their numbers, the parts of workflows included. */
  readonly functions: readonly AnyOperation[];
}

/**
 * Defines a service: an abstract state machine whose operations are pure functions of their arguments and of the records they name.
 *
 * @example
 * const tally = record({ key: t.text({ maxLength: 64 }), value: t.integer() });
 * const add = operation({
 *   arguments: t.object({ name: t.text({ maxLength: 64 }), by: t.integer() }),
 *   result: t.integer(),
 *   touches: { tally },
 *   keys: ({ name }) => ({ tally: name }),
 *   run: ({ by }, { tally }) => ({ result: (tally ?? 0) + by, writes: { tally: (tally ?? 0) + by } }),
 * });
 * export default defineService({ name: "tally", version: "1", records: { tally }, operations: { add } });
 */
export function defineService<
  const Records extends Readonly<Record<string, AnyRecord>>,
  const Operations extends Readonly<Record<string, AnyOperation>>,
  // biome-ignore lint/complexity/noBannedTypes: a service without workflows has the empty object of them.
  const Workflows extends Readonly<Record<string, AnyWorkflow>> = {},
>(parts: ServiceParts<Records, Operations, Workflows>): Service<Operations, Workflows> {
  const { name, version, records, operations } = parts;
  const workflows = parts.workflows ?? ({} as Workflows);
  const names = new Map<AnyRecord, string>();
  const described: Record<string, { key: unknown; value: unknown; hidden: boolean }> = {};
  const addRecord = (recordName: string, kind: AnyRecord, hidden: boolean): void => {
    names.set(kind, recordName);
    described[recordName] = { key: kind.key, value: kind.value, hidden };
  };
  for (const recordName of Object.keys(records)) {
    addRecord(recordName, records[recordName] as AnyRecord, false);
  }
  const functions: AnyOperation[] = [];
  const list: ManifestOperation[] = [];
  const addOperation = (
    operationName: string,
    part: AnyOperation,
    workflow: string | null,
  ): void => {
    functions.push(part);
    list.push(describeOperation(operationName, part, names, workflow));
  };
  for (const operationName of Object.keys(operations)) {
    addOperation(operationName, operations[operationName] as AnyOperation, null);
  }
  for (const workflowName of Object.keys(workflows)) {
    const { run, operations: steps } = workflowParts(workflows[workflowName] as AnyWorkflow);
    addRecord(workflowName, run, true);
    for (const part of steps)
      addOperation(`${workflowName}.${part.name}`, part.operation, workflowName);
  }
  const manifest: Manifest = { name, version, records: described, operations: list };
  return { manifest, operations, workflows, functions };
}

function describeOperation(
  name: string,
  part: AnyOperation,
  names: ReadonlyMap<AnyRecord, string>,
  workflow: string | null,
): ManifestOperation {
  const touches = Object.keys(part.touches).map((touch): ManifestTouch => {
    const given = part.touches[touch] as AnyRecord | List;
    const kind = "list" in given ? given.list : given;
    const record = names.get(kind);
    if (record === undefined) {
      throw new Error(`expected ${name}.touches.${touch} among the service's records`);
    }
    return { name: touch, record, max: "list" in given ? given.max : null };
  });
  const signed = part.signer !== undefined;
  return { name, arguments: part.arguments, result: part.result, touches, workflow, signed };
}
