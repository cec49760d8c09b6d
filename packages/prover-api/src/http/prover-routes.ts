// SPDX-License-Identifier: Apache-2.0
/** What gateways call. With `compat: zksync` the first three routes also read the bodies of old provers: see legacy-routes.ts. */
import { fromHex } from "@zeta/protocol/hex";
import type { ClaimAnswer } from "@zeta/tee-api/answers";
import { checkerOf } from "@zeta/tee-api/check";
import type { ClaimRequest } from "@zeta/tee-api/requests";
import * as requests from "@zeta/tee-api/requests";
import { ROUTES } from "@zeta/tee-api/routes";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type ClaimedJob, claimJob } from "../jobs/claim.ts";
import { failJob } from "../jobs/failure.ts";
import { isReleased, releaseLease, renewLease } from "../jobs/lease.ts";
import { submitProof } from "../jobs/submit.ts";
import { batchInputOf } from "../proofs.ts";
import type { AppContext } from "./app-context.ts";
import { legacyClaim, legacyRegister, legacySubmit } from "./legacy-routes.ts";
import { isGone, parseBatchNumber, parseBody, parseWait } from "./parse.ts";
import { schemaOf } from "./route-schema.ts";

export const SUCCESS = JSON.stringify("Success");

type BatchRequest = FastifyRequest<{ Params: { batch: string } }>;

const checkRegister = checkerOf(requests.RegisterRequestSchema);
const checkClaim = checkerOf(requests.ClaimRequestSchema);
const checkSubmit = checkerOf(requests.SubmitRequestSchema);
const checkFailure = checkerOf(requests.FailureRequestSchema);
const checkLease = checkerOf(requests.LeaseRequestSchema);

export function addProverRoutes(app: FastifyInstance, context: AppContext): void {
  app.post(ROUTES.register.path, schemaOf("register"), (request, reply) =>
    register(context, request, reply),
  );
  app.post(ROUTES.claim.path, schemaOf("claim"), (request, reply) =>
    claim(context, request, reply),
  );
  app.post(ROUTES.submit.path, schemaOf("submit"), (request: BatchRequest, reply) =>
    submit(context, request, reply),
  );
  app.post(ROUTES.fail.path, schemaOf("fail"), (request: BatchRequest, reply) =>
    fail(context, request, reply),
  );
  app.post(ROUTES.renew.path, schemaOf("renew"), async (request, reply) => {
    const { lease } = parseBody(checkLease, request.body);
    const leaseMs = await renewLease(context.prover, lease.toLowerCase());
    return json(reply, { lease_seconds: leaseMs / 1000 });
  });
  app.post(ROUTES.release.path, schemaOf("release"), async (request, reply) => {
    const { lease } = parseBody(checkLease, request.body);
    await releaseLease(context.prover, lease.toLowerCase());
    return success(reply);
  });
}

/** The bodies of our gateways name the TEE type here; those of old provers do not. */
async function register(context: AppContext, request: FastifyRequest, reply: FastifyReply) {
  if (context.compat && !hasMember(request.body, "tee_type")) {
    return legacyRegister(context, request, reply);
  }
  const body = parseBody(checkRegister, request.body);
  await context.prover.attestations.register({
    publicKey: bytesOf(body.pubkey),
    quote: bytesOf(body.attestation),
    teeType: body.tee_type,
    additional: body.additional ?? false,
    binding: "gateway",
  });
  return success(reply);
}

async function claim(context: AppContext, request: FastifyRequest, reply: FastifyReply) {
  if (context.compat && !hasMember(request.body, "lease")) {
    return legacyClaim(context, request, reply);
  }
  const body = parseBody(checkClaim, request.body);
  const publicKey = bytesOf(body.pubkey);
  // Told now rather than after an hour of proving.
  await context.prover.attestations.requireValid(publicKey, body.tee_type);
  const job = await waitForJob(context, request, body);
  context.prover.metrics.claims.inc({ result: job === null ? "none" : "job" });
  if (job === null) return reply.code(204).send();
  if (isGone(request)) {
    // Nobody is there to take the job.
    await releaseLease(context.prover, job.lease);
    return reply;
  }
  const answer: ClaimAnswer = {
    Z1: {
      ...batchInputOf(job.batch),
      lease: job.lease,
      lease_seconds: job.leaseMs / 1000,
      attempt: job.attempt,
    },
  };
  return json(reply, answer);
}

/** Asks for a job until there is one, the wish to wait is over or withdrawn, the caller is gone or the server stops. */
async function waitForJob(
  context: AppContext,
  request: FastifyRequest,
  body: ClaimRequest,
): Promise<ClaimedJob | null> {
  const claim = {
    teeType: body.tee_type,
    holder: body.pubkey.toLowerCase(),
    lease: body.lease.toLowerCase(),
  };
  const until = context.prover.now() + 1000 * parseWait(request.headers.prefer);
  while (true) {
    const job = await claimJob(context.prover, claim);
    const left = until - context.prover.now();
    if (job !== null || left <= 0 || context.stopping.aborted || isGone(request)) return job;
    if (await isReleased(context.prover, claim.lease)) return null;
    await context.prover.work.wait(Math.min(left, context.pollMs), context.stopping);
  }
}

async function submit(context: AppContext, request: BatchRequest, reply: FastifyReply) {
  const batch = parseBatchNumber(request.params.batch);
  if (context.compat && !hasMember(request.body, "lease")) {
    return legacySubmit(context, request, reply, batch);
  }
  const body = parseBody(checkSubmit, request.body);
  await submitProof(context.prover, {
    batch,
    teeType: body.tee_type,
    form: "zeta.v1",
    lease: body.lease.toLowerCase(),
    publicKey: bytesOf(body.pubkey),
    root: bytesOf(body.proof),
    signature: bytesOf(body.signature),
  });
  return success(reply);
}

async function fail(context: AppContext, request: BatchRequest, reply: FastifyReply) {
  const batch = parseBatchNumber(request.params.batch);
  const body = parseBody(checkFailure, request.body);
  const outcome = await failJob(context.prover, {
    batch,
    teeType: body.tee_type,
    lease: body.lease.toLowerCase(),
    kind: body.kind,
    check: body.check ?? null,
    error: body.error,
  });
  return json(reply, {
    status: outcome.status,
    attempts: outcome.attempts,
    retry_at: outcome.retryAt?.toISOString() ?? null,
  });
}

export function success(reply: FastifyReply): FastifyReply {
  return reply.type("application/json").send(SUCCESS);
}

function json(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type("application/json").send(JSON.stringify(value));
}

/** Hex that a schema has let through, of either case. */
function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.toLowerCase());
}

function hasMember(body: unknown, name: string): boolean {
  return typeof body === "object" && body !== null && Object.hasOwn(body, name);
}
