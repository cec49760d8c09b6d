// SPDX-License-Identifier: Apache-2.0
/** What gateways and operators send. Unknown members are refused: a misspelt option must not be a silent default. */
import Type, { type Static } from "typebox";
import { BATCH_NUMBER_MAX, ERROR_TEXT_MAX, PAGE_ROWS_MAX, QUOTE_BYTES_MAX } from "./limits.ts";
import { TeeTypeSchema } from "./tee-type.ts";
import { HexBytes, HexBytesUpTo } from "./wire-bytes.ts";

const closed = { additionalProperties: false } as const;

export const PublicKeySchema = HexBytes(33, "compressed secp256k1 key of the prover");
export const LeaseSchema = HexBytes(16, "lease id, drawn at random by the gateway");
export const BatchNumberSchema = Type.Integer({ minimum: 0, maximum: BATCH_NUMBER_MAX });

/** `POST /tee/register_attestation`. */
export const RegisterRequestSchema = Type.Object(
  {
    attestation: HexBytesUpTo(QUOTE_BYTES_MAX, "quote over the key"),
    pubkey: PublicKeySchema,
    tee_type: TeeTypeSchema,
    additional: Type.Optional(
      Type.Boolean({
        description: "accept one more attestation of a key that has another already (renewal)",
      }),
    ),
  },
  closed,
);
export type RegisterRequest = Static<typeof RegisterRequestSchema>;

/** `POST /tee/proof_inputs`. The gateway draws the lease id, so asking again after a lost answer gives the same job, not a second one. */
export const ClaimRequestSchema = Type.Object(
  { tee_type: TeeTypeSchema, pubkey: PublicKeySchema, lease: LeaseSchema },
  closed,
);
export type ClaimRequest = Static<typeof ClaimRequestSchema>;

/** `POST /tee/submit_proofs/{batch}`. `proof` is the root that was verified and signed; the name is historical. */
export const SubmitRequestSchema = Type.Object(
  {
    signature: HexBytes(65, "r, s, v over the proof statement"),
    pubkey: PublicKeySchema,
    proof: HexBytes(32, "root after the batch"),
    tee_type: TeeTypeSchema,
    lease: LeaseSchema,
  },
  closed,
);
export type SubmitRequest = Static<typeof SubmitRequestSchema>;

/** `rejected`: the verifier says that the batch is wrong. `error`: it could not say anything (crash, time, memory). */
export const FailureKindSchema = Type.Union([Type.Literal("rejected"), Type.Literal("error")]);
export type FailureKind = Static<typeof FailureKindSchema>;

/** `POST /tee/submit_failure/{batch}`. */
export const FailureRequestSchema = Type.Object(
  {
    tee_type: TeeTypeSchema,
    lease: LeaseSchema,
    kind: FailureKindSchema,
    check: Type.Optional(
      Type.String({ pattern: "^[!-~]{1,64}$", description: "ID of the check that failed" }),
    ),
    error: Type.String({ minLength: 1, maxLength: ERROR_TEXT_MAX }),
  },
  closed,
);
export type FailureRequest = Static<typeof FailureRequestSchema>;

/** `POST /tee/renew_lease` and `POST /tee/release_lease`: the lease alone names the job, known to its holder only. */
export const LeaseRequestSchema = Type.Object({ lease: LeaseSchema }, closed);
export type LeaseRequest = Static<typeof LeaseRequestSchema>;

/** `POST /tee/requeue/{batch}` (operator). */
export const RequeueRequestSchema = Type.Object({ tee_type: TeeTypeSchema }, closed);
export type RequeueRequest = Static<typeof RequeueRequestSchema>;

/** `POST /tee/revoke_attestation` (operator): every attestation of the key; its old proofs show the revocation. */
export const RevokeRequestSchema = Type.Object({ pubkey: PublicKeySchema }, closed);
export type RevokeRequest = Static<typeof RevokeRequestSchema>;

/** Query of `GET /tee/proofs`. */
export const ProofsQuerySchema = Type.Object(
  {
    from: BatchNumberSchema,
    to: Type.Optional(BatchNumberSchema),
    tee_type: Type.Optional(TeeTypeSchema),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
  },
  closed,
);
export type ProofsQuery = Static<typeof ProofsQuerySchema>;

export const JobStatusSchema = Type.Union([
  Type.Literal("unpicked"),
  Type.Literal("picked_by_prover"),
  Type.Literal("generated"),
  Type.Literal("failed"),
  Type.Literal("permanently_ignored"),
]);
export type JobStatus = Static<typeof JobStatusSchema>;

export const JOB_STATUSES: readonly JobStatus[] = [
  "unpicked",
  "picked_by_prover",
  "generated",
  "failed",
  "permanently_ignored",
];

/** Query of `GET /tee/jobs`. */
export const JobsQuerySchema = Type.Object(
  {
    status: Type.Optional(JobStatusSchema),
    tee_type: Type.Optional(TeeTypeSchema),
    from: Type.Optional(BatchNumberSchema),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
  },
  closed,
);
export type JobsQuery = Static<typeof JobsQuerySchema>;

/** The `{batch}` of a path. Read as text, because a number that is none is 400, not 422. */
export const BatchParamsSchema = Type.Object({ batch: Type.String() });
