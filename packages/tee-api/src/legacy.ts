// SPDX-License-Identifier: Apache-2.0
/**
 * The wire form of the zkSync servers and provers, spoken behind `compat: zksync`. Unknown members are ignored there, byte strings
 * are hex or (before September 2024) arrays of integers, there are no leases, and the raw root is what is signed.
 */
import Type, { type Static } from "typebox";
import { QUOTE_BYTES_MAX } from "./limits.ts";
import { BatchNumberSchema } from "./requests.ts";
import { hexOf } from "./wire-bytes.ts";

/** Lower case only: `"Sgx"` has always been refused with 422. `none` asks for work that is verified but never submitted. */
export const LegacyTeeTypeSchema = Type.Union([
  Type.Literal("sgx"),
  Type.Literal("tdx"),
  Type.Literal("none"),
]);
export type LegacyTeeType = Static<typeof LegacyTeeTypeSchema>;

/** Hex or integers: {@link bytesOfLegacy} reads it. */
const LegacyBytes = Type.Union([
  Type.String({ pattern: "^(?:[0-9a-fA-F]{2})*$", maxLength: 2 * QUOTE_BYTES_MAX }),
  Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { maxItems: QUOTE_BYTES_MAX }),
]);

export const LegacyRegisterRequestSchema = Type.Object({
  attestation: LegacyBytes,
  pubkey: LegacyBytes,
});
export type LegacyRegisterRequest = Static<typeof LegacyRegisterRequestSchema>;

export const LegacyClaimRequestSchema = Type.Object({ tee_type: LegacyTeeTypeSchema });
export type LegacyClaimRequest = Static<typeof LegacyClaimRequestSchema>;

export const LegacySubmitRequestSchema = Type.Object({
  signature: LegacyBytes,
  pubkey: LegacyBytes,
  proof: LegacyBytes,
  tee_type: Type.Union([Type.Literal("sgx"), Type.Literal("tdx")]),
});
export type LegacySubmitRequest = Static<typeof LegacySubmitRequestSchema>;

/** How an old peer writes byte strings: `hex` since September 2024, `integers` before. */
export type LegacyBytesForm = "hex" | "integers";

/** Bytes in the form a legacy peer reads. */
export function legacyBytes(bytes: Uint8Array, form: LegacyBytesForm): string | number[] {
  return form === "hex" ? hexOf(bytes) : [...bytes];
}

/** Parameters of JSON-RPC `unstable_getTeeProofs`: batch and, optionally, TEE type. */
export const LegacyProofsParamsSchema = Type.Union([
  Type.Tuple([BatchNumberSchema]),
  Type.Tuple([BatchNumberSchema, Type.Union([LegacyTeeTypeSchema, Type.Null()])]),
]);

/** One entry of its answer. */
export interface LegacyTeeProof {
  readonly l1BatchNumber: number;
  readonly teeType: string;
  readonly pubkey: string | null;
  readonly signature: string | null;
  readonly proof: string | null;
  readonly provedAt: string;
  readonly status: string;
  readonly attestation: string | null;
}
