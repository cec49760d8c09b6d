// SPDX-License-Identifier: Apache-2.0
import {
  serviceAttestationFromJson,
  serviceAttestationToJson,
} from "@zeta/attestation/service-attestation";
import {
  ancestorsFromJson,
  lineageFromJson,
  lineageToJson,
} from "@zeta/attestation/service-lineage";
import { readArmedAnswer, readAttacksAnswer } from "@zeta/client/attack/arm";
import { decodeEvidence } from "@zeta/client/evidence";
import { readHostedService } from "@zeta/client/hosted-service";
import {
  readBatchAnswer,
  readCertificateAnswer,
  readEpochEvent,
  readLatestAnswer,
  readReceiptsAnswer,
  readServiceAnswer,
  readViolationsAnswer,
} from "@zeta/client/http/answers";
import { fromBase64, toBase64 } from "@zeta/client/http/base64";
import { EventStreamParser } from "@zeta/client/http/event-stream";
import { fromHex, toHex } from "@zeta/protocol/hex";
import type { Samples } from "../samples.ts";
import { type JsonTarget, silent, textual } from "../target.ts";

/** What a client reads of an untrusted host. */
export function clientTargets(samples: Samples): JsonTarget[] {
  const { attestation, evidence, batchAnswer, stream } = samples;
  const answer = batchAnswer.results[0];
  return [
    reads("evidence", decodeEvidence, evidence),
    {
      name: "attestation document",
      decoders: [serviceAttestationFromJson],
      samples: [attestation],
      recode: (value) => serviceAttestationToJson(serviceAttestationFromJson(value)),
    },
    {
      name: "lineage",
      decoders: [lineageFromJson, ancestorsFromJson],
      samples: [samples.lineage],
      recode: (value) => lineageToJson(lineageFromJson(value)),
    },
    {
      name: "batch answer",
      decoders: [readBatchAnswer],
      samples: [batchAnswer],
      recode: silent((value) => readBatchAnswer(value, 2)),
    },
    {
      name: "receipts answer",
      decoders: [readReceiptsAnswer],
      samples: [samples.receiptsAnswer],
      recode: silent((value) => readReceiptsAnswer(value, 2)),
    },
    reads("answer of a service", readServiceAnswer, { ...answer, result: 1, state: "done" }),
    reads("hosted service", readHostedService, { code: "export default 1;", manifest: {} }),
    reads("attacks answer", readAttacksAnswer, { allowed: true, attacks: ["tamper", "drop"] }),
    reads("armed attack", readArmedAnswer, { attack: "drop", armed: true, detail: "armed" }),
    reads("latest epoch", readLatestAnswer, samples.certificateAnswer),
    reads("certificate answer", readCertificateAnswer, samples.certificateAnswer),
    reads("violations answer", readViolationsAnswer, samples.violationsAnswer),
    {
      name: "event stream",
      decoders: [readEpochEvent],
      samples: [stream],
      recode: silent(textual(readStream)),
    },
    text("hex", fromHex, ["00ff10"], (given) => toHex(fromHex(given))),
    text("base64", fromBase64, ["AAECAw==", "/+8="], (given) => toBase64(fromBase64(given))),
  ];
}

function reads(name: string, decoder: (value: unknown) => unknown, sample: unknown): JsonTarget {
  return { name, decoders: [decoder], samples: [sample], recode: silent(decoder) };
}

function text(
  name: string,
  decoder: JsonTarget["decoders"][number],
  samples: readonly string[],
  recode: (given: string) => string,
): JsonTarget {
  return { name, decoders: [decoder], samples, recode: textual(recode) };
}

/** In two pieces, as the network may deliver it. */
function readStream(given: string): void {
  const parser = new EventStreamParser();
  const half = given.length >> 1;
  for (const piece of [given.slice(0, half), given.slice(half)]) {
    for (const event of parser.push(piece)) readEpochEvent(event);
  }
}
