// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { checkerOf } from "@zeta/tee-api/check";
import { BATCH_BYTES_MAX, BATCH_NUMBER_MAX } from "@zeta/tee-api/limits";
import Type, { type Static } from "typebox";

const closed = { additionalProperties: false } as const;
const Seconds = (fallback: number, maximum: number) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum, default: fallback }));

/** The configuration file of the prover API. Everything has a default; unknown members are refused. */
export const ProverApiConfigSchema = Type.Object(
  {
    /** Where to listen; loopback unless said, because there is no authentication on the provers' side. */
    host: Type.Optional(Type.String({ default: "127.0.0.1" })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, default: 3320 })),
    /** Names under which the server answers, beside `localhost` and addresses: none unless said on a loopback address, all on others. */
    allowHosts: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    database: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal("embedded"), directory: Type.String() }, closed),
        Type.Object(
          {
            kind: Type.Literal("postgres"),
            url: Type.String(),
            connectionsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
          },
          closed,
        ),
      ]),
    ),
    blobs: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal("files"), directory: Type.String() }, closed),
        Type.Object({ kind: Type.Literal("postgres") }, closed),
        Type.Object(
          {
            kind: Type.Literal("s3"),
            endpoint: Type.String(),
            region: Type.String(),
            accessKeyId: Type.String(),
            secretAccessKey: Type.String(),
            prefix: Type.Optional(Type.String()),
          },
          closed,
        ),
      ]),
    ),
    /** Take the batches that a service seals into the same files or S3 store. */
    followSealed: Type.Optional(Type.Boolean({ default: true })),
    /** `zksync`: also understand provers of the zkSync TEE interface. */
    compat: Type.Optional(Type.Union([Type.Literal("none"), Type.Literal("zksync")])),
    /** Batches below are never given out. */
    firstProcessedBatch: Type.Optional(Type.Integer({ minimum: 0, maximum: BATCH_NUMBER_MAX })),
    batchBytesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: BATCH_BYTES_MAX })),
    /** A holder that is silent for so long has lost its job. */
    leaseSeconds: Seconds(60, 24 * 3600),
    /** A batch whose data stays missing for so long is given up. */
    batchIgnoredAfterHours: Seconds(240, 24 * 366),
    /** Reported failures after which a batch is given up. */
    attemptsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    /** Lost leases after which a batch is given up: it may be what kills its provers. */
    expiriesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    /** Wait before the first retry of a failed batch; doubled with each failure. */
    retryInitialSeconds: Seconds(5, 3600),
    retryMaxSeconds: Seconds(600, 24 * 3600),
    /** How often a waiting claim looks for work that another server or process brought. */
    pollSeconds: Seconds(1, 60),
    attestation: Type.Optional(
      Type.Object(
        {
          /** Accept quotes that anybody can make. Never in production. */
          allowSimulation: Type.Optional(Type.Boolean()),
          /** A policy in YAML for the gateways' quotes (docs/attestation.md), read by the command that starts the server. */
          policyFile: Type.Optional(Type.String({ minLength: 1 })),
          /** What Intel or AMD say about the gateways' platforms: a file or directory as `--collateral` takes it. */
          collateral: Type.Optional(Type.String({ minLength: 1 })),
        },
        closed,
      ),
    ),
    /** Bearer token of the operators' routes. Without one they are served on loopback addresses only. */
    operatorToken: Type.Optional(Type.String({ minLength: 16, maxLength: 256 })),
  },
  closed,
);

export type ProverApiConfig = Static<typeof ProverApiConfigSchema>;

const check = checkerOf(ProverApiConfigSchema);

/**
 * Reads a parsed configuration file.
 *
 * @throws ZetaError `config_invalid`.
 */
export function proverApiConfigFromJson(json: unknown): ProverApiConfig {
  const checked = check(json);
  if (checked.ok) return checked.value;
  throw new ZetaError("config_invalid", `expected a prover API configuration, got: ${checked.why}`);
}
