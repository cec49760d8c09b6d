// SPDX-License-Identifier: Apache-2.0
import { readJson } from "@zeta/gateway/api/json-client";
import { gatewayConfigFromJson } from "@zeta/gateway/config";
import { verdictFromJson } from "@zeta/gateway/verify/verifier";
import { proverApiConfigFromJson } from "@zeta/prover-api/config";
import { parseBatchNumber, parseBody, parseQuery, parseWait } from "@zeta/prover-api/http/parse";
import { ClaimAnswerSchema, ProofsAnswerSchema } from "@zeta/tee-api/answers";
import { checkerOf } from "@zeta/tee-api/check";
import { LegacySubmitRequestSchema } from "@zeta/tee-api/legacy";
import {
  FailureRequestSchema,
  JobsQuerySchema,
  ProofsQuerySchema,
  RegisterRequestSchema,
  SubmitRequestSchema,
} from "@zeta/tee-api/requests";
import { bytesOfHex, bytesOfLegacy } from "@zeta/tee-api/wire-bytes";
import type { Samples } from "../samples.ts";
import { type JsonTarget, silent, textual } from "../target.ts";

const [KEY, LEASE, ROOT, SIGNATURE] = [
  "02".repeat(33),
  "07".repeat(16),
  "05".repeat(32),
  "09".repeat(65),
];

/** What gateways and the prover API read of each other, and of those who run them. */
export function proverTargets(samples: Samples): JsonTarget[] {
  return [...bodies(samples), ...queries(), ...answers(), ...configurations()];
}

function bodies({ attestation: { quote } }: Samples): JsonTarget[] {
  const common = { pubkey: KEY, tee_type: "simulation" };
  const target = (name: string, schema: Parameters<typeof checkerOf>[0], sample: unknown) => {
    const check = checkerOf(schema);
    const recode = silent((value) => parseBody(check, value));
    return { name, decoders: [parseBody], samples: [sample], recode };
  };
  return [
    target("register body", RegisterRequestSchema, { ...common, attestation: quote }),
    target("submit body", SubmitRequestSchema, {
      ...{ ...common, lease: LEASE },
      ...{ signature: SIGNATURE, proof: ROOT },
    }),
    target("failure body", FailureRequestSchema, {
      ...{ tee_type: "sgx", lease: LEASE, kind: "error", error: "text" },
    }),
    target("zkSync submit body", LegacySubmitRequestSchema, {
      ...{ signature: [1, 2], pubkey: KEY, proof: ROOT, tee_type: "sgx" },
    }),
  ];
}

function queries(): JsonTarget[] {
  const query = (name: string, schema: Parameters<typeof checkerOf>[0], sample: unknown) => {
    const check = checkerOf(schema);
    const recode = silent((value) => parseQuery(schema, check, value));
    return { name, decoders: [parseQuery], samples: [sample], recode };
  };
  return [
    query("query of proofs", ProofsQuerySchema, { from: "1", limit: "10" }),
    query("query of jobs", JobsQuerySchema, { status: "failed", limit: "10" }),
    // Not canonical: servers of the zkSync interface may write capitals.
    {
      name: "wire bytes",
      decoders: [bytesOfHex],
      samples: ["00ff", "00FF"],
      recode: silent(textual(bytesOfHex)),
    },
    {
      name: "zkSync bytes",
      decoders: [bytesOfLegacy],
      samples: ["00ff", [0, 255]],
      recode: silent(bytesOfLegacy),
    },
    {
      name: "batch number",
      decoders: [parseBatchNumber],
      samples: ["7", "4294967295"],
      recode: textual((text) => String(parseBatchNumber(text))),
    },
    {
      name: "Prefer header",
      decoders: [parseWait],
      samples: ["wait=5, x"],
      recode: silent(textual(parseWait)),
    },
  ];
}

function answers(): JsonTarget[] {
  const batch = {
    ...{ batch_number: 7, service: "kv", bytes: 1000 },
    ...{ previous_root: ROOT, root: ROOT, receipts_root: ROOT, digest: ROOT },
  };
  const job = { ...batch, lease: LEASE, lease_seconds: 60, attempt: 1 };
  const proof = {
    ...{ ...batch, tee_type: "sgx", status: "generated", form: "zeta.v1", pubkey: KEY },
    ...{ signature: SIGNATURE, proof: ROOT, attestation: "00", attestation_revoked: false },
    ...{ proved_at: "2026-01-01T00:00:00Z", attempts: 1, error: null },
  };
  const answer = (name: string, schema: Parameters<typeof checkerOf>[0], sample: unknown) => {
    const check = checkerOf(schema);
    const recode = silent((value) => {
      const body = Buffer.from(JSON.stringify(value) ?? "");
      readJson({ status: 200, headers: {}, body }, check);
    });
    return { name, decoders: [readJson], samples: [sample], recode };
  };
  return [
    answer("claim answer", ClaimAnswerSchema, { Z1: job }),
    answer("proofs answer", ProofsAnswerSchema, { proofs: [proof], next: null }),
    {
      name: "verdict of a verifier",
      decoders: [verdictFromJson],
      samples: [
        { verdict: "rejected", check: "M.hash", detail: "text" },
        { ...verified, service: "kv" },
        { ...verified, service: null },
      ],
      recode: silent(verdictFromJson),
    },
  ];
}

const verified = {
  ...{ verdict: "verified", batch_number: 7 },
  ...{ previous_root: ROOT, root: ROOT, receipts_root: null },
};

function configurations(): JsonTarget[] {
  return [
    {
      name: "gateway configuration",
      decoders: [gatewayConfigFromJson],
      samples: [
        { apiUrl: "http://localhost:1", verifier: { kind: "zeta", memoryMiB: 64 }, maxRetries: 3 },
      ],
      recode: silent((value) => gatewayConfigFromJson(value)),
    },
    {
      name: "prover API configuration",
      decoders: [proverApiConfigFromJson],
      samples: [{ port: 3320, database: { kind: "embedded", directory: "/tmp/x" } }],
      recode: silent(proverApiConfigFromJson),
    },
  ];
}
