// SPDX-License-Identifier: Apache-2.0

import { readContinuation } from "@zeta/monitor/continuation";
import { decodeContribution, encodeContribution } from "@zeta/monitor/contribution-message";
import { readBaseKey, readInternalKey } from "@zeta/protocol/base-key";
import { decodeBatchHeader, encodeBatchHeader } from "@zeta/protocol/batch";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { decodeCall, encodeCall } from "@zeta/protocol/call";
import { decodeCertificate, encodeCertificateBody } from "@zeta/protocol/certificate";
import { decodeCheckpoint, signCheckpoint } from "@zeta/protocol/checkpoint";
import { decodeHashValue, encodeHashValue } from "@zeta/protocol/hash-value";
import {
  decodeKvArgument,
  decodeKvResult,
  encodeKvArgument,
  encodeKvResult,
  KV_RECORD_FUNCTIONS,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import type { TransactItem } from "@zeta/protocol/kv-transact";
import { decodeTransact, decodeTransactResult } from "@zeta/protocol/kv-transact-codec";
import { type LogEntry, readLogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import { decodeReceipt, encodeReceipt } from "@zeta/protocol/receipt";
import { readMerkleValue, readRecord } from "@zeta/protocol/record";
import { decodeRootValue, encodeRootValue } from "@zeta/protocol/root-value";
import { readHead } from "@zeta/protocol/statement";
import { readTimestamp } from "@zeta/protocol/timestamp";
import { decodeViolation, signViolation } from "@zeta/protocol/violation";
import type { Samples } from "../samples.ts";
import { type ByteTarget, bytewise } from "../target.ts";

const ANY_KEY = new Uint8Array(32).fill(3);

/** Logs, statements, calls and batches. */
export function protocolTargets(samples: Samples): ByteTarget[] {
  return [
    logTarget("kv64", samples.frames.kv64),
    logTarget("bytes", samples.frames.bytes),
    {
      name: "receipt",
      decoders: [decodeReceipt],
      samples: [samples.receipt],
      recode: (bytes) => encodeReceipt(decodeReceipt(bytes)),
    },
    {
      name: "certificate",
      decoders: [decodeCertificate, readHead],
      samples: samples.certificates,
      recode: recodeCertificate,
    },
    {
      name: "violation",
      decoders: [decodeViolation, readHead],
      samples: [samples.violation],
      recode: recodeViolation,
    },
    continuationTarget(samples),
    {
      name: "checkpoint",
      decoders: [decodeCheckpoint, readHead],
      samples: [samples.checkpoint],
      recode: recodeCheckpoint,
    },
    {
      name: "contribution",
      decoders: [decodeContribution],
      samples: [encodeContribution(samples.contribution)],
      recode: (bytes) => encodeContribution(decodeContribution(0, bytes)),
    },
    ...batchTargets(samples),
    ...callTargets(),
  ];
}

/** What an enclave goes on from: u16 length of the checkpoint, checkpoint, root value. */
function continuationTarget({ continuation }: Samples): ByteTarget {
  const { checkpoint, rootValue } = continuation;
  const sample = new ByteWriter().u16(checkpoint.length).bytes(checkpoint).bytes(rootValue);
  return {
    name: "continuation",
    decoders: [readContinuation],
    samples: [sample.toBytes()],
    recode: bytewise((bytes) => {
      const reader = new ByteReader(bytes);
      const given = reader.bytes(reader.u16("length"), "checkpoint");
      const root = reader.bytes(reader.remaining, "root value");
      const identity = { serviceId: "kv", profile: "bytes" } as const;
      return readContinuation({ checkpoint: given, rootValue: root }, identity);
    }),
  };
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
  const parts = [readRecord, readMerkleValue, readBaseKey, readInternalKey, readTimestamp];
  return { name: `log of ${profile}`, decoders: [readLogEntry, ...parts], samples, recode };
}

function batchTargets({ rootValues, batchHeader }: Samples): ByteTarget[] {
  return [
    {
      name: "root value",
      decoders: [decodeRootValue],
      samples: rootValues,
      recode: (bytes) => encodeRootValue(decodeRootValue(bytes)),
    },
    {
      name: "batch header",
      decoders: [decodeBatchHeader],
      samples: [batchHeader],
      // The compressed log follows the header, so what stands behind it is not its affair.
      recode: (bytes) => {
        const { header, log } = decodeBatchHeader(bytes);
        return concatBytes(encodeBatchHeader(header), bytes.subarray(log));
      },
    },
  ];
}

function callTargets(): ByteTarget[] {
  const put = encodeKvArgument({ operation: "put", key: utf8("key"), value: utf8("value") });
  const calls = [null, new Uint8Array(16).fill(9)].map((requestId) =>
    encodeCall({ requestId, slots: [1, 7], argument: put }),
  );
  const kv = KV_RECORD_FUNCTIONS.flatMap((operation, number): ByteTarget[] => [
    {
      name: `argument of ${operation}`,
      decoders: [decodeKvArgument],
      samples: [operation === "put" ? put : utf8("key")],
      recode: (bytes) => encodeKvArgument(decodeKvArgument(number, bytes)),
    },
    {
      name: `result of ${operation}`,
      decoders: [decodeKvResult],
      samples: [Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(1, 65, 66)],
      recode: (bytes) => encodeKvResult(decodeKvResult(operation, bytes)),
    },
  ]);
  const recode = (bytes: Uint8Array) => encodeCall(decodeCall(bytes));
  return [
    { name: "call", decoders: [decodeCall], samples: calls, recode },
    ...kv,
    ...transactTargets(),
  ];
}

function transactTargets(): ByteTarget[] {
  const equals = new Uint8Array(32).fill(5);
  const items: TransactItem[] = [
    { key: utf8(""), condition: "any", write: "keep" },
    { key: utf8("a"), condition: { equals }, write: { put: utf8("value") } },
    { key: utf8("b"), condition: "absent", write: { put: utf8("") } },
    { key: utf8("bb"), condition: "present", write: "delete" },
  ];
  const number = kvFunctionNumber("transact");
  return [
    {
      name: "argument of transact",
      decoders: [decodeKvArgument, decodeTransact],
      samples: [1, 2, 4].map((count) =>
        encodeKvArgument({ operation: "transact", items: items.slice(0, count) }),
      ),
      recode: (bytes) => encodeKvArgument(decodeKvArgument(number, bytes)),
    },
    {
      name: "hash in a value",
      decoders: [decodeHashValue],
      samples: [
        encodeHashValue(new Map([["", utf8("")]])),
        encodeHashValue(
          new Map([
            ["name", utf8("ada")],
            ["\u00ff", utf8("x")],
          ]),
        ),
      ],
      // What is no hash is a string, and stays as it is.
      recode(bytes) {
        const fields = decodeHashValue(bytes);
        return fields === null ? bytes : encodeHashValue(fields);
      },
    },
    {
      name: "result of transact",
      decoders: [decodeKvResult, decodeTransactResult],
      samples: [Uint8Array.of(1), Uint8Array.of(0, 0), Uint8Array.of(0, 127)],
      recode: (bytes) => encodeKvResult(decodeKvResult("transact", bytes)),
    },
  ];
}

function recodeCertificate(bytes: Uint8Array): Uint8Array {
  const { certificate, signature } = decodeCertificate(bytes);
  return concatBytes(encodeCertificateBody(certificate), signature);
}

function recodeViolation(bytes: Uint8Array): Uint8Array {
  const { violation, body, signature } = decodeViolation(bytes);
  return concatBytes(signViolation(violation, ANY_KEY).subarray(0, body.length), signature);
}

function recodeCheckpoint(bytes: Uint8Array): Uint8Array {
  const { checkpoint, body, signature } = decodeCheckpoint(bytes);
  return concatBytes(signCheckpoint(checkpoint, ANY_KEY).subarray(0, body.length), signature);
}
