// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { encodeCall } from "@zeta/protocol/call";
import { keyDigest } from "@zeta/protocol/digest";
import { encodeKvArgument, type KvOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import { type LogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import type { ZetaRecord } from "@zeta/protocol/record";
import type { EpochContribution, FrameResult, MonitorThreadOptions } from "../../src/verdict.ts";
import { loadMonitorModule } from "../../src/wasm-module.ts";
import { createWasmThread, type WasmThread } from "../../src/wasm-thread.ts";

export const SET_HASH_KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - 3 * i);

const MODULES = { kv64: loadMonitorModule("kv64"), bytes: loadMonitorModule("bytes") };

/** A monitor thread and what it contributed. */
export interface Subject {
  readonly thread: WasmThread;
  readonly contributions: EpochContribution[];
  verify(...entries: readonly LogEntry[]): FrameResult;
}

export function subject(profile: Profile, options: Partial<MonitorThreadOptions> = {}): Subject {
  const contributions: EpochContribution[] = [];
  const thread = createWasmThread(MODULES[profile], {
    id: 0,
    threads: 4,
    slots: 64,
    profile,
    setHashKey: SET_HASH_KEY,
    contribute: (contribution) => {
      contributions.push(contribution);
      return true;
    },
    ...options,
  });
  return {
    thread,
    contributions,
    verify: (...entries) => thread.verifyLog(encode(profile, entries)),
  };
}

export function encode(profile: Profile, entries: readonly LogEntry[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  for (const entry of entries) writeLogEntry(writer, entry, profile);
  return writer.toBytes();
}

export const NEXT_EPOCH: LogEntry = { type: "NextEpoch" };
export const VERIFY_EPOCH: LogEntry = { type: "VerifyEpoch" };

/** A record of profile `bytes`. */
export function bytesRecord(key: Uint8Array, value: Uint8Array | null): ZetaRecord {
  return { kind: "app", key: keyDigest(key), value };
}

export function addB(record: ZetaRecord, slot: number, counter: number, epoch = 0): LogEntry {
  return { type: "AddB", record, slot, time: { epoch, counter }, thread: 0 };
}

export function evictB(slot: number, counter: number, epoch = 0): LogEntry {
  return { type: "EvictB", slot, time: { epoch, counter } };
}

export function kvCall(
  operation: KvOperation,
  slot: number,
  requestId: Uint8Array | null = null,
): LogEntry {
  const argument = encodeKvArgument(operation);
  return {
    type: "RunApp",
    function: kvFunctionNumber(operation.operation),
    payload: encodeCall({ requestId, slots: [slot], argument }),
  };
}
