// SPDX-License-Identifier: Apache-2.0
import { verifySimulationQuote } from "@zeta/attestation/simulation";
import type { MonitorThreadOptions } from "@zeta/monitor/verdict";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { decodeCall, encodeCall } from "@zeta/protocol/call";
import { decodeCertificate, encodeCertificateBody } from "@zeta/protocol/certificate";
import { fromHex } from "@zeta/protocol/hex";
import {
  decodeKvArgument,
  decodeKvResult,
  encodeKvArgument,
  encodeKvResult,
  KV_FUNCTIONS,
} from "@zeta/protocol/kv";
import { type LogEntry, readLogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import { decodeReceipt, encodeReceipt } from "@zeta/protocol/receipt";
import { decodeViolation, signViolation } from "@zeta/protocol/violation";
import type { Samples } from "./samples.ts";

/** A decoder of foreign bytes. */
export interface ByteTarget {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Decodes, and encodes what came out once more; null: there is no encoder. Throws ZetaError for what it refuses. */
  readonly recode: (bytes: Uint8Array) => Uint8Array | null;
}

const ANY_KEY = new Uint8Array(32).fill(3);

export function byteTargets(samples: Samples): ByteTarget[] {
  const put = encodeKvArgument({ operation: "put", key: utf8("key"), value: utf8("value") });
  const calls = [null, new Uint8Array(16).fill(9)].map((requestId) =>
    encodeCall({ requestId, slots: [1, 7], argument: put }),
  );
  const { attestation } = samples;
  return [
    ...(["kv64", "bytes"] as const).flatMap((profile) => [
      logTarget(profile, samples.frames[profile]),
      monitorTarget(profile, samples.frames[profile]),
    ]),
    {
      name: "receipt",
      samples: [samples.receipt],
      recode: (bytes) => encodeReceipt(decodeReceipt(bytes)),
    },
    { name: "certificate", samples: samples.certificates, recode: recodeCertificate },
    { name: "violation", samples: [samples.violation], recode: recodeViolation },
    { name: "call", samples: calls, recode: (bytes) => encodeCall(decodeCall(bytes)) },
    ...KV_FUNCTIONS.flatMap((operation, number) => [
      {
        name: `argument of ${operation}`,
        samples: [operation === "put" ? put : utf8("key")],
        recode: (bytes: Uint8Array) => encodeKvArgument(decodeKvArgument(number, bytes)),
      },
      {
        name: `result of ${operation}`,
        samples: [Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(1, 65, 66)],
        recode: (bytes: Uint8Array) => encodeKvResult(decodeKvResult(operation, bytes)),
      },
    ]),
    {
      name: "simulated quote",
      samples: [fromHex(attestation.quote)],
      recode: (bytes) => {
        verifySimulationQuote(bytes);
        return null;
      },
    },
  ];
}

function logTarget(profile: Profile, samples: readonly Uint8Array[]): ByteTarget {
  const recode = (bytes: Uint8Array): Uint8Array => {
    const reader = new ByteReader(bytes);
    const entries: LogEntry[] = [];
    while (reader.remaining > 0) entries.push(readLogEntry(reader, profile));
    const writer = new ByteWriter();
    for (const entry of entries) writeLogEntry(writer, entry, profile);
    return writer.toBytes();
  };
  return { name: `log of ${profile}`, samples, recode };
}

/** The monitor itself: whatever the frame holds, it answers with a verdict. */
function monitorTarget(profile: Profile, samples: readonly Uint8Array[]): ByteTarget {
  const module = loadMonitorModule(profile);
  const options: MonitorThreadOptions = {
    id: 0,
    threads: 2,
    slots: 64,
    profile,
    setHashKey: ANY_KEY,
    valueMemoryBytes: 1 << 20,
    contribute: () => true,
  };
  let thread = createWasmThread(module, options);
  const recode = (bytes: Uint8Array): null => {
    if (thread.failed) thread = createWasmThread(module, options);
    thread.verifyLog(bytes);
    return null;
  };
  return { name: `monitor of ${profile}`, samples, recode };
}

function recodeCertificate(bytes: Uint8Array): Uint8Array {
  const { certificate, signature } = decodeCertificate(bytes);
  return concatBytes(encodeCertificateBody(certificate), signature);
}

function recodeViolation(bytes: Uint8Array): Uint8Array {
  const { violation, body, signature } = decodeViolation(bytes);
  return concatBytes(signViolation(violation, ANY_KEY).subarray(0, body.length), signature);
}
