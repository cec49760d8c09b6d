// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { equalBytes } from "@zeta/protocol/bytes";
import type { LogEntry } from "@zeta/protocol/log-entry";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { readRecord, writeRecord, type ZetaRecord } from "@zeta/protocol/record";
import type { FunctionTable, PreparedCall } from "./apps.ts";
import { sameKey } from "./base-key.ts";
import { demand } from "./rules.ts";
import type { Entry, ThreadState } from "./state.ts";

type RunApp = Extract<LogEntry, { type: "RunApp" }>;

/**
 * §4.8 RunApp: executes one call of the application on records in slots.
 *
 * @returns the receipt leaf, if the call carries a request id.
 */
export function runApp(
  state: ThreadState,
  entry: RunApp,
  functions: FunctionTable,
): Uint8Array | null {
  const { rules } = state;
  const prepare = functions.get(entry.function);
  demand("R.fid", prepare !== undefined);
  const call = prepare(entry.payload, { consumeAll: rules.does("R.consume") });
  const entries = entriesOf(state, call);

  const before = entries.map(({ record }) => valueBytes(record));
  const outcome = call.run(before);
  rules.check("R.fail", outcome !== null);
  // Without R.fail a failed call would count as one that changed nothing.
  const { result, after } = outcome ?? { result: new Uint8Array(0), after: before };

  const calls = state.epochs.callsOf(state);
  demand("T.ring", calls !== null);
  rules.check("L.memory", state.hasRoomFor(after, before));
  for (const [i, found] of entries.entries()) {
    found.record = withValue(found.record, after[i] ?? null);
  }
  calls.operations += 1n;
  const leaf = leafOf(state, entry.function, call, result);
  if (leaf !== null) calls.leaves.push(leaf);
  return leaf;
}

/** The entries that a call works on, in the order of its slots. */
function entriesOf(state: ThreadState, call: PreparedCall): Entry[] {
  const { rules } = state;
  const entries = call.slots.map((slot) => {
    const found = state.slots.get(slot);
    demand("R.slot", found !== undefined);
    return found;
  });
  const records = entries.map(({ record }) => record);
  const areApp = records.every(({ kind }) => kind === "app");
  const haveKeys = records.every((record, i) => isFor(record, call.keys[i] ?? null));
  rules.check("R.app", areApp);
  rules.check("R.distinct", areDistinct(state, call, entries));
  rules.check("R.key", haveKeys);
  return entries;
}

/** What proves the answer to the client that gave the request id. */
function leafOf(
  state: ThreadState,
  functionNumber: number,
  { requestId, argument }: PreparedCall,
  result: Uint8Array,
): Uint8Array | null {
  if (requestId === null) return null;
  return receiptLeaf({
    requestId,
    thread: state.options.id,
    // S.epoch: the monitor's own clock, never the host's word.
    epoch: state.clock.epoch,
    function: functionNumber,
    argumentDigest: argumentDigest(argument),
    resultDigest: resultDigest(result),
  });
}

/**
 * R.distinct: no two slots are the same, nor do two hold the same key; else one record could be
 * given twice.
 */
function areDistinct(state: ThreadState, call: PreparedCall, entries: readonly Entry[]): boolean {
  const keys = entries.map(({ record }) => state.baseKey(record));
  const keysDiffer = keys.every((key, i) =>
    keys.slice(0, i).every((other) => !sameKey(key, other)),
  );
  return new Set(call.slots).size === call.slots.length && keysDiffer;
}

function isFor(record: ZetaRecord, key: Uint8Array | null): boolean {
  return key === null || (record.kind === "app" && equalBytes(record.key, key));
}

/**
 * The bytes that a function sees and replaces. Nodes come here only in tests that switch R.app off:
 * then their descriptors lie open to the function, as they would in a monitor with untyped slots.
 */
function valueBytes(record: ZetaRecord): Uint8Array | null {
  if (record.kind === "app") return record.value;
  const writer = new ByteWriter();
  writeRecord(writer, record, "bytes");
  return writer.toBytes();
}

function withValue(record: ZetaRecord, value: Uint8Array | null): ZetaRecord {
  if (record.kind === "app") return { ...record, value: value === null ? null : value.slice() };
  return value === null ? record : readRecord(new ByteReader(value), "bytes");
}
