// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { gatewayReportData } from "@zeta/attestation/report-data";
import { produceSimulationQuote } from "@zeta/attestation/simulation";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { publicKeyOf, signBody } from "@zeta/protocol/signature";
import type { Job } from "@zeta/tee-api/answers";
import { encodeProofStatement } from "@zeta/tee-api/proof-statement";
import type { SealedBatch } from "../../src/batches.ts";

export const MEASUREMENT = sha256(Buffer.from("a measurement for tests"));

/** A prover made from a name: the same name, the same key and quote. */
export interface TestProver {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly pubkey: string;
  readonly quote: Uint8Array;
  readonly attestation: string;
}

export function makeProver(name: string): TestProver {
  const secretKey = sha256(Buffer.from(`prover ${name}`));
  const publicKey = publicKeyOf(secretKey);
  const quote = quoteFor(publicKey, name);
  return { secretKey, publicKey, pubkey: toHex(publicKey), quote, attestation: toHex(quote) };
}

/** A simulated quote over a key, made deterministic by its seed. */
export function quoteFor(
  publicKey: Uint8Array,
  seed: string,
  reportData = gatewayReportData(publicKey),
): Uint8Array {
  return produceSimulationQuote({
    measurement: MEASUREMENT,
    reportData,
    random: (length) => createHash("sha512").update(seed).digest().subarray(0, length),
  });
}

/** Batch `number` of a chain: root n is the hash of n. */
export function makeBatch(number: number, content = `batch ${number}`): SealedBatch {
  return {
    number,
    service: "kv",
    previousRoot: rootOf(number - 1),
    root: rootOf(number),
    receiptsRoot: null,
    data: new Uint8Array(Buffer.from(content)),
  };
}

export function rootOf(number: number): Uint8Array {
  return sha256(Buffer.from(`root ${number}`));
}

export const SERVICE = "kv";

/** A lease id from a name. */
export function leaseOf(name: string): string {
  return toHex(sha256(Buffer.from(name)).subarray(0, 16));
}

/** The body of an honest submission of a job. */
export function submissionOf(prover: TestProver, job: Job) {
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
  const statement = encodeProofStatement({
    service: job.service,
    batchNumber: job.batch_number,
    previousRoot: bytes(job.previous_root),
    root: bytes(job.root),
    receiptsRoot: bytes(job.receipts_root),
    batchDigest: bytes(job.digest),
    teeType: "simulation",
    publicKey: prover.publicKey,
  });
  return {
    signature: toHex(signBody(statement, prover.secretKey)),
    pubkey: prover.pubkey,
    proof: job.root,
    tee_type: "simulation",
    lease: job.lease,
  };
}
