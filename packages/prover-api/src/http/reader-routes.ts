// SPDX-License-Identifier: Apache-2.0
/** What operators and skeptics call. */
import { createHash, timingSafeEqual } from "node:crypto";
import { fromHex } from "@zeta/protocol/hex";
import { checkerOf } from "@zeta/tee-api/check";
import * as requests from "@zeta/tee-api/requests";
import { ROUTES } from "@zeta/tee-api/routes";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { findBatch, presentBatches } from "../batches.ts";
import { requeueJob } from "../jobs/requeue.ts";
import { batchInputOf, listJobs, listProofs } from "../proofs.ts";
import { refuse } from "../refusal.ts";
import type { AppContext } from "./app-context.ts";
import { sendBatchData } from "./legacy-routes.ts";
import { parseBatchNumber, parseBody, parseQuery } from "./parse.ts";
import { schemaOf } from "./route-schema.ts";

type BatchRequest = FastifyRequest<{ Params: { batch: string } }>;

const checkProofsQuery = checkerOf(requests.ProofsQuerySchema);
const checkJobsQuery = checkerOf(requests.JobsQuerySchema);
const checkRequeue = checkerOf(requests.RequeueRequestSchema);
const checkRevoke = checkerOf(requests.RevokeRequestSchema);

export function addReaderRoutes(app: FastifyInstance, context: AppContext): void {
  const { prover } = context;
  app.get(ROUTES.batchData.path, schemaOf("batchData"), (request: BatchRequest, reply) =>
    sendBatchData(
      prover,
      reply,
      parseBatchNumber(request.params.batch),
      "application/octet-stream",
    ),
  );
  app.get(ROUTES.noLock.path, schemaOf("noLock"), (request: BatchRequest, reply) => {
    const number = parseBatchNumber(request.params.batch);
    // Old operators' tools want the input itself here.
    if (context.compat) return sendBatchData(prover, reply, number, "application/json");
    return noLockInput(context, number);
  });
  app.get(ROUTES.presentBatches.path, schemaOf("presentBatches"), async () => {
    const { oldest, latest } = await presentBatches(prover);
    return { oldest_batch: oldest, latest_batch: latest };
  });
  app.get(ROUTES.proofs.path, schemaOf("proofs"), async (request) =>
    listProofs(prover, parseQuery(requests.ProofsQuerySchema, checkProofsQuery, request.query)),
  );
  app.get(ROUTES.jobs.path, schemaOf("jobs"), async (request) =>
    listJobs(prover, parseQuery(requests.JobsQuerySchema, checkJobsQuery, request.query)),
  );
}

export function addOperatorRoutes(app: FastifyInstance, context: AppContext): void {
  app.post(ROUTES.requeue.path, schemaOf("requeue"), async (request: BatchRequest, reply) => {
    requireOperator(context, request);
    const batch = parseBatchNumber(request.params.batch);
    const { tee_type } = parseBody(checkRequeue, request.body);
    await requeueJob(context.prover, batch, tee_type);
    return reply.type("application/json").send(JSON.stringify("Success"));
  });
  app.post(ROUTES.revoke.path, schemaOf("revoke"), async (request, reply) => {
    requireOperator(context, request);
    const { pubkey } = parseBody(checkRevoke, request.body);
    const isKnown = await context.prover.attestations.revoke(fromHex(pubkey.toLowerCase()));
    if (!isKnown) refuse("unregistered_key", "expected a registered key");
    return reply.type("application/json").send(JSON.stringify("Success"));
  });
}

async function noLockInput(context: AppContext, number: number) {
  const batch = await findBatch(context.prover, number);
  if (batch === undefined || number < context.prover.rules.firstProcessedBatch) {
    refuse("unknown_batch", `no batch ${number}`);
  }
  return { Z1: batchInputOf(batch) };
}

function requireOperator(context: AppContext, request: FastifyRequest): void {
  const { operatorToken, isLoopback } = context;
  if (operatorToken === null) {
    if (!isLoopback) refuse("operator_only", "set operatorToken to use this from elsewhere");
    return;
  }
  const given = digestOf(request.headers.authorization ?? "");
  if (!timingSafeEqual(given, digestOf(`Bearer ${operatorToken}`))) {
    refuse("operator_only", "expected the operator's bearer token");
  }
}

/** Of equal length, so that the comparison takes the same time for every guess. */
function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
