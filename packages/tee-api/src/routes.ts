// SPDX-License-Identifier: Apache-2.0
/** The prover API as data: from this table come the server's validation, the OpenAPI document and the gateway's requests. */
import type { TSchema } from "typebox";
import * as answers from "./answers.ts";
import * as requests from "./requests.ts";

export interface Route {
  readonly method: "GET" | "POST";
  /** With `:batch` for the batch number. */
  readonly path: string;
  readonly summary: string;
  readonly body?: TSchema;
  readonly query?: TSchema;
  /** Schema of the 200 answer; null for bytes. */
  readonly answer: TSchema | null;
  /** Answers 204 without a body when there is nothing. */
  readonly mayBeEmpty?: true;
  readonly operator?: true;
}

export const ROUTES = {
  register: {
    method: "POST",
    path: "/tee/register_attestation",
    summary: "Register the quote over a proving key. Idempotent.",
    body: requests.RegisterRequestSchema,
    answer: answers.SuccessSchema,
  },
  claim: {
    method: "POST",
    path: "/tee/proof_inputs",
    summary: "Lease the oldest batch that needs a proof; `Prefer: wait=N` waits for one.",
    body: requests.ClaimRequestSchema,
    answer: answers.ClaimAnswerSchema,
    mayBeEmpty: true,
  },
  submit: {
    method: "POST",
    path: "/tee/submit_proofs/:batch",
    summary: "Hand in a proof under its lease. The identical proof may be handed in again.",
    body: requests.SubmitRequestSchema,
    answer: answers.SuccessSchema,
  },
  fail: {
    method: "POST",
    path: "/tee/submit_failure/:batch",
    summary: "Report that the batch could not be verified, and give the lease back.",
    body: requests.FailureRequestSchema,
    answer: answers.FailureAnswerSchema,
  },
  renew: {
    method: "POST",
    path: "/tee/renew_lease",
    summary: "Keep a lease for another full term.",
    body: requests.LeaseRequestSchema,
    answer: answers.RenewAnswerSchema,
  },
  release: {
    method: "POST",
    path: "/tee/release_lease",
    summary: "Give a lease back unused. Idempotent, also for a lease that was never given.",
    body: requests.LeaseRequestSchema,
    answer: answers.SuccessSchema,
  },
  batchData: {
    method: "GET",
    path: "/tee/batch_data/:batch",
    summary: "The batch itself, bytes named by the digest of its input.",
    answer: null,
  },
  noLock: {
    method: "GET",
    path: "/tee/proof_inputs_no_lock/:batch",
    summary: "What a prover would be given, without a lease: for debugging.",
    answer: answers.NoLockAnswerSchema,
  },
  presentBatches: {
    method: "GET",
    path: "/tee/present_batches",
    summary: "Oldest and latest batch that is present.",
    answer: answers.PresentBatchesSchema,
  },
  proofs: {
    method: "GET",
    path: "/tee/proofs",
    summary: "Proofs with quote, signature, root and status, for skeptics.",
    query: requests.ProofsQuerySchema,
    answer: answers.ProofsAnswerSchema,
  },
  jobs: {
    method: "GET",
    path: "/tee/jobs",
    summary: "State of the jobs, for operators.",
    query: requests.JobsQuerySchema,
    answer: answers.JobsAnswerSchema,
  },
  requeue: {
    method: "POST",
    path: "/tee/requeue/:batch",
    summary: "Let a failed or ignored batch be tried again from the start.",
    body: requests.RequeueRequestSchema,
    answer: answers.SuccessSchema,
    operator: true,
  },
  revoke: {
    method: "POST",
    path: "/tee/revoke_attestation",
    summary: "Revoke every attestation of a key.",
    body: requests.RevokeRequestSchema,
    answer: answers.SuccessSchema,
    operator: true,
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
