// SPDX-License-Identifier: Apache-2.0
/**
 * The zkSync TEE prover interface, for provers that were built against it. They know no leases and sign the raw root; the batch data
 * is sent as the body, as it was sealed. Statuses are ours (a permanent refusal must not look like a passing one), bodies of refusals
 * are plain text as they expect.
 */
import { randomBytes } from "node:crypto";
import { toHex } from "@zeta/protocol/hex";
import { PUBLIC_KEY_BYTES } from "@zeta/protocol/signature";
import { checkerOf } from "@zeta/tee-api/check";
import * as legacy from "@zeta/tee-api/legacy";
import {
  LEGACY_COMPACT_SIGNATURE_BYTES,
  LEGACY_SIGNATURE_BYTES,
} from "@zeta/tee-api/legacy-signature";
import type { TeeType } from "@zeta/tee-api/tee-type";
import { bytesOfLegacy } from "@zeta/tee-api/wire-bytes";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { findBatch } from "../batches.ts";
import type { ProverContext } from "../context.ts";
import { claimJob } from "../jobs/claim.ts";
import { releaseLease } from "../jobs/lease.ts";
import { submitProof } from "../jobs/submit.ts";
import { listProofs } from "../proofs.ts";
import { refuse } from "../refusal.ts";
import type { AppContext } from "./app-context.ts";
import { isGone, parseBody } from "./parse.ts";

const checkRegister = checkerOf(legacy.LegacyRegisterRequestSchema);
const checkClaim = checkerOf(legacy.LegacyClaimRequestSchema);
const checkSubmit = checkerOf(legacy.LegacySubmitRequestSchema);
const checkProofsParams = checkerOf(legacy.LegacyProofsParamsSchema);

/** Old provers do not say who they are when they claim. */
const UNKNOWN_HOLDER = "zksync";

/** Marks a request as an old prover's, so that a refusal is answered in text. */
export const LEGACY = Symbol("legacy request");

export async function legacyRegister(
  context: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  markLegacy(request);
  const body = parseBody(checkRegister, request.body);
  const publicKey = bytesOf(body.pubkey, [PUBLIC_KEY_BYTES], "pubkey");
  const quote = bytesOf(body.attestation, null, "attestation");
  await context.prover.attestations.register({
    publicKey,
    quote,
    teeType: null,
    additional: false,
    binding: "key",
  });
  return reply.type("application/json").send(JSON.stringify("Success"));
}

export async function legacyClaim(
  context: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  markLegacy(request);
  const { tee_type } = parseBody(checkClaim, request.body);
  // `none` verifies without ever submitting: giving it leases would only block the others, so it looks without taking.
  if (tee_type === "none") return sendLatest(context.prover, reply);
  const lease = toHex(randomBytes(16));
  const job = await claimJob(context.prover, { teeType: tee_type, holder: UNKNOWN_HOLDER, lease });
  context.prover.metrics.claims.inc({ result: job === null ? "none" : "job" });
  if (job === null) return reply.code(204).send();
  if (isGone(request)) {
    await releaseLease(context.prover, lease);
    return reply;
  }
  const blob = await context.prover.blobs.open(toHex(job.batch.digest));
  if (blob === null) {
    await releaseLease(context.prover, lease);
    return refuse("batch_data_missing", `the data of batch ${job.batch.number} is gone`);
  }
  return reply.type("application/json").header("content-length", blob.bytes).send(blob.stream);
}

async function sendLatest(context: ProverContext, reply: FastifyReply): Promise<FastifyReply> {
  const batch = await context.db
    .selectFrom("batches")
    .select("number")
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
  if (batch === undefined) return reply.code(204).send();
  return sendBatchData(context, reply, batch.number, "application/json");
}

/** The data of one batch as a stream. */
export async function sendBatchData(
  context: ProverContext,
  reply: FastifyReply,
  number: number,
  type: string,
): Promise<FastifyReply> {
  const batch = await findBatch(context, number);
  if (batch === undefined || number < context.rules.firstProcessedBatch) {
    refuse("unknown_batch", `no batch ${number}`);
  }
  const digest = toHex(batch.digest);
  const blob = await context.blobs.open(digest);
  if (blob === null) refuse("batch_data_missing", `the data of batch ${number} is gone`);
  return reply
    .type(type)
    .header("content-length", blob.bytes)
    .header("etag", `"${digest}"`)
    .send(blob.stream);
}

export async function legacySubmit(
  context: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
  batch: number,
): Promise<FastifyReply> {
  markLegacy(request);
  const body = parseBody(checkSubmit, request.body);
  await submitProof(context.prover, {
    batch,
    teeType: body.tee_type,
    form: "zksync",
    lease: null,
    publicKey: bytesOf(body.pubkey, [PUBLIC_KEY_BYTES], "pubkey"),
    root: bytesOf(body.proof, [32], "proof"),
    signature: bytesOf(
      body.signature,
      [LEGACY_SIGNATURE_BYTES, LEGACY_COMPACT_SIGNATURE_BYTES],
      "signature",
    ),
  });
  return reply.type("application/json").send(JSON.stringify("Success"));
}

/** JSON-RPC `unstable_getTeeProofs`, by which the verifiers of those proofs ask. */
export function addLegacyProofs(app: FastifyInstance, context: AppContext): void {
  app.post("/", { schema: { hide: true } }, async (request) => {
    const { id, method, params } = (request.body ?? {}) as Record<string, unknown>;
    const answer = (rest: object) => ({ jsonrpc: "2.0", id: id ?? null, ...rest });
    if (method !== "unstable_getTeeProofs") {
      return answer({ error: { code: -32601, message: "Method not found" } });
    }
    const checked = checkProofsParams(params);
    if (!checked.ok) return answer({ error: { code: -32602, message: checked.why } });
    const [batch, teeType] = checked.value;
    return answer({ result: await legacyProofs(context.prover, batch, teeType ?? null) });
  });
}

async function legacyProofs(
  context: ProverContext,
  batch: number,
  teeType: legacy.LegacyTeeType | null,
): Promise<legacy.LegacyTeeProof[]> {
  const filter = teeType === null ? {} : { tee_type: teeType as TeeType };
  const { proofs } = await listProofs(context, { from: batch, to: batch, ...filter });
  return proofs.map((row) => ({
    l1BatchNumber: row.batch_number,
    teeType: row.tee_type,
    pubkey: row.pubkey,
    signature: row.signature,
    proof: row.proof,
    provedAt: row.proved_at ?? new Date(0).toISOString(),
    status: row.status,
    attestation: row.attestation,
  }));
}

function bytesOf(value: unknown, lengths: readonly number[] | null, what: string): Uint8Array {
  const bytes = bytesOfLegacy(value);
  const isFitting = bytes !== null && bytes.length > 0;
  if (!isFitting || (lengths !== null && !lengths.includes(bytes.length))) {
    const wanted = lengths === null ? "bytes" : `${lengths.join(" or ")} bytes`;
    refuse("invalid_request", `expected ${wanted} of ${what}`);
  }
  return bytes;
}

function markLegacy(request: FastifyRequest): void {
  Object.assign(request, { [LEGACY]: true });
}
