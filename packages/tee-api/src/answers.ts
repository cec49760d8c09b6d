// SPDX-License-Identifier: Apache-2.0
/** What the prover API answers. A gateway checks every answer against these schemas: the server is not trusted. */
import Type, { type Static } from "typebox";
import { BATCH_BYTES_MAX, SERVICE_ID_PATTERN } from "./limits.ts";
import { BatchNumberSchema, JobStatusSchema, LeaseSchema, PublicKeySchema } from "./requests.ts";
import { TeeTypeSchema } from "./tee-type.ts";
import { HexBytes, HexBytesUpTo } from "./wire-bytes.ts";

/** Unit answers are this JSON string, as they have always been. */
export const SuccessSchema = Type.Literal("Success");

const Instant = Type.String({
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$",
  description: "RFC 3339, UTC",
});
const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** What is to be verified: names and roots are the server's claim, the digest names the bytes of `GET /tee/batch_data/{batch}`. */
export const BatchInputSchema = Type.Object({
  batch_number: BatchNumberSchema,
  service: Type.String({ pattern: SERVICE_ID_PATTERN }),
  previous_root: HexBytes(32, "root before the batch"),
  root: HexBytes(32, "root after the batch, as the service claims"),
  receipts_root: HexBytes(32, "root of the batch's receipts, zeros without"),
  digest: HexBytes(32, "SHA-256 of the batch data"),
  bytes: Type.Integer({ minimum: 1, maximum: BATCH_BYTES_MAX }),
});
export type BatchInput = Static<typeof BatchInputSchema>;

/** A leased job. */
export const JobSchema = Type.Object({
  ...BatchInputSchema.properties,
  lease: LeaseSchema,
  lease_seconds: Type.Number({ exclusiveMinimum: 0, description: "from the answer on" }),
  attempt: Type.Integer({ minimum: 1 }),
});
export type Job = Static<typeof JobSchema>;

/** Externally tagged and versioned, like the answers of the servers before: `V1` is theirs, `Z1` ours. */
export const ClaimAnswerSchema = Type.Object({ Z1: JobSchema });
export type ClaimAnswer = Static<typeof ClaimAnswerSchema>;
export const NoLockAnswerSchema = Type.Object({ Z1: BatchInputSchema });
export type NoLockAnswer = Static<typeof NoLockAnswerSchema>;

export const RenewAnswerSchema = Type.Object({
  lease_seconds: Type.Number({ exclusiveMinimum: 0 }),
});
export type RenewAnswer = Static<typeof RenewAnswerSchema>;

export const FailureAnswerSchema = Type.Object({
  status: JobStatusSchema,
  attempts: Type.Integer({ minimum: 0 }),
  retry_at: Nullable(Instant),
});
export type FailureAnswer = Static<typeof FailureAnswerSchema>;

export const PresentBatchesSchema = Type.Object({
  oldest_batch: Nullable(BatchNumberSchema),
  latest_batch: Nullable(BatchNumberSchema),
});
export type PresentBatches = Static<typeof PresentBatchesSchema>;

/** Which message was signed: the framed proof statement, or the raw root of the zkSync provers. */
export const ProofFormSchema = Type.Union([Type.Literal("zeta.v1"), Type.Literal("zksync")]);
export type ProofForm = Static<typeof ProofFormSchema>;

/** One proof, or the state of the job that has none yet. */
export const ProofRowSchema = Type.Object({
  ...BatchInputSchema.properties,
  tee_type: TeeTypeSchema,
  status: JobStatusSchema,
  form: Nullable(ProofFormSchema),
  pubkey: Nullable(PublicKeySchema),
  signature: Nullable(HexBytesUpTo(65, "r, s and, unless from an old prover, v")),
  proof: Nullable(HexBytes(32, "root that was signed")),
  attestation: Nullable(Type.String({ description: "quote, hex" })),
  attestation_revoked: Type.Boolean(),
  proved_at: Nullable(Instant),
  attempts: Type.Integer({ minimum: 0 }),
  error: Nullable(Type.String()),
});
export type ProofRow = Static<typeof ProofRowSchema>;

/** `next` is the batch to ask from for more, null at the end. `batches` without a row have not been asked for by any gateway. */
export const ProofsAnswerSchema = Type.Object({
  proofs: Type.Array(ProofRowSchema),
  next: Nullable(BatchNumberSchema),
});
export type ProofsAnswer = Static<typeof ProofsAnswerSchema>;

export const JobRowSchema = Type.Object({
  batch_number: BatchNumberSchema,
  tee_type: TeeTypeSchema,
  status: JobStatusSchema,
  holder: Nullable(Type.String()),
  lease_until: Nullable(Instant),
  attempts: Type.Integer({ minimum: 0 }),
  expiries: Type.Integer({ minimum: 0 }),
  retry_at: Nullable(Instant),
  error: Nullable(Type.String()),
  updated_at: Instant,
});
export type JobRow = Static<typeof JobRowSchema>;

export const JobsAnswerSchema = Type.Object({
  jobs: Type.Array(JobRowSchema),
  next: Nullable(BatchNumberSchema),
});
export type JobsAnswer = Static<typeof JobsAnswerSchema>;
