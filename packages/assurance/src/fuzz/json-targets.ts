// SPDX-License-Identifier: Apache-2.0
import {
  serviceAttestationFromJson,
  serviceAttestationToJson,
} from "@zeta/attestation/service-attestation";
import { decodeEvidence } from "@zeta/client/evidence";
import {
  readBatchAnswer,
  readCertificateAnswer,
  readEpochEvent,
  readLatestAnswer,
  readReceiptsAnswer,
  readViolationsAnswer,
} from "@zeta/client/http/answers";
import { fromBase64, toBase64 } from "@zeta/client/http/base64";
import { EventStreamParser } from "@zeta/client/http/event-stream";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { parseBatchNumber, parseBody, parseWait } from "@zeta/prover-api/http/parse";
import { keyOfSegment } from "@zeta/service/http/kv-key";
import { parseOperation } from "@zeta/service/http/parse-operation";
import { checkerOf } from "@zeta/tee-api/check";
import { LegacySubmitRequestSchema } from "@zeta/tee-api/legacy";
import {
  FailureRequestSchema,
  RegisterRequestSchema,
  SubmitRequestSchema,
} from "@zeta/tee-api/requests";
import { bytesOfHex, bytesOfLegacy } from "@zeta/tee-api/wire-bytes";
import type { Samples } from "./samples.ts";

/** A reader of a foreign JSON value or text. */
export interface JsonTarget {
  readonly name: string;
  readonly samples: readonly unknown[];
  /** Reads, and writes what came out once more; undefined: there is no one way to write it. Throws ZetaError for what it refuses. */
  readonly recode: (value: unknown) => unknown;
}

const silent = (read: (value: unknown) => unknown) => (value: unknown) => {
  read(value);
  return undefined;
};

/** Texts only: other values do not come this way. */
const textual = (recode: (text: string) => unknown) => (value: unknown) =>
  typeof value === "string" ? recode(value) : undefined;

export function jsonTargets(samples: Samples): JsonTarget[] {
  const { attestation } = samples;
  return [
    { name: "evidence", samples: [samples.evidence], recode: silent(decodeEvidence) },
    {
      name: "attestation document",
      samples: [attestation],
      recode: (value) => serviceAttestationToJson(serviceAttestationFromJson(value)),
    },
    ...clientTargets(samples),
    ...serviceTargets(samples),
    ...proverTargets(samples),
  ];
}

function clientTargets(samples: Samples): JsonTarget[] {
  const target = (
    name: string,
    sample: unknown,
    read: (value: unknown) => unknown,
  ): JsonTarget => ({
    name,
    samples: [sample],
    recode: silent(read),
  });
  return [
    target("batch answer", samples.batchAnswer, (value) => readBatchAnswer(value, 2)),
    target("receipts answer", samples.receiptsAnswer, (value) => readReceiptsAnswer(value, 2)),
    target("latest epoch", samples.certificateAnswer, readLatestAnswer),
    target("certificate answer", samples.certificateAnswer, readCertificateAnswer),
    target("violations answer", samples.violationsAnswer, readViolationsAnswer),
    target("event stream", samples.stream, textual(readStream)),
    { name: "hex", samples: ["00ff10"], recode: textual((text) => toHex(fromHex(text))) },
    {
      name: "base64",
      samples: ["AAECAw==", "/+8="],
      recode: textual((text) => toBase64(fromBase64(text))),
    },
  ];
}

/** In two pieces, as the network may deliver it. */
function readStream(text: string): void {
  const parser = new EventStreamParser();
  const half = text.length >> 1;
  for (const piece of [text.slice(0, half), text.slice(half)]) {
    for (const event of parser.push(piece)) readEpochEvent(event);
  }
}

function serviceTargets(samples: Samples): JsonTarget[] {
  const [first, second] = samples.operations.operations;
  return [
    {
      name: "operation",
      samples: [first, second],
      recode: silent((value) => parseOperation(value, "operation")),
    },
    {
      name: "key in a path",
      samples: ["alice", "%00%ff", "a%2Fb"],
      recode: textual((text) => {
        keyOfSegment(text);
        return undefined;
      }),
    },
  ];
}

function proverTargets({ attestation }: Samples): JsonTarget[] {
  const [key, lease, root] = ["02".repeat(33), "07".repeat(16), "05".repeat(32)];
  const common = { pubkey: key, tee_type: "simulation", lease };
  const bodies = [
    [
      "register body",
      RegisterRequestSchema,
      { attestation: attestation.quote, pubkey: key, tee_type: "simulation" },
    ],
    ["submit body", SubmitRequestSchema, { ...common, signature: "09".repeat(65), proof: root }],
    [
      "failure body",
      FailureRequestSchema,
      { tee_type: "sgx", lease, kind: "error", error: "text" },
    ],
    [
      "zkSync submit body",
      LegacySubmitRequestSchema,
      { signature: [1, 2], pubkey: key, proof: root, tee_type: "sgx" },
    ],
  ] as const;
  return [
    ...bodies.map(([name, schema, sample]): JsonTarget => {
      const check = checkerOf(schema);
      return { name, samples: [sample], recode: silent((value) => parseBody(check, value)) };
    }),
    // Not canonical: servers of the zkSync interface may write capitals.
    { name: "wire bytes", samples: ["00ff", "00FF"], recode: silent(textual(bytesOfHex)) },
    { name: "zkSync bytes", samples: ["00ff", [0, 255]], recode: silent(bytesOfLegacy) },
    {
      name: "batch number",
      samples: ["7", "4294967295"],
      recode: textual((text) => String(parseBatchNumber(text))),
    },
    { name: "Prefer header", samples: ["wait=5, x"], recode: silent(textual(parseWait)) },
  ];
}
