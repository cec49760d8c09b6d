// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { checkerOf } from "@zeta/tee-api/check";
import { BATCH_NUMBER_MAX, ERROR_TEXT_MAX, SERVICE_ID_PATTERN } from "@zeta/tee-api/limits";
import Type from "typebox";
import type { BatchFacts } from "../api/prover-api.ts";

/** What a verifier is given. The facts are the server's word and only say what to look for. */
export interface BatchToVerify {
  readonly facts: BatchFacts | null;
  readonly data: Uint8Array;
}

/**
 * What a verifier found out from the data alone. Only this is ever signed: a server's word is compared with it, never used in its
 * place. `service` and `previousRoot` are null where a batch does not contain them (zkSync's).
 */
export type Verdict =
  | {
      readonly verdict: "verified";
      readonly batchNumber: number;
      readonly service: string | null;
      readonly previousRoot: Uint8Array | null;
      readonly root: Uint8Array;
      /** Null for a batch without receipts. */
      readonly receiptsRoot: Uint8Array | null;
    }
  | { readonly verdict: "rejected"; readonly check: string; readonly detail: string };

export type VerifierErrorCode =
  | "verifier_timeout"
  | "verifier_memory"
  | "verifier_crashed"
  | "verifier_malformed"
  | "verifier_aborted";

/** Could not judge: says nothing about the batch. */
export type VerifierError = ZetaError<VerifierErrorCode>;

/**
 * Verifies batches of one type: Zeta's own in a monitor, or anything else. Must not do its work on the event loop's thread, and must
 * bound its time and memory.
 */
export interface BatchVerifier {
  /** SHA-256 that names the verifying code: what a simulated quote measures. */
  readonly measurement: Uint8Array;
  /** May be called again before the first call is done. Rejects with a {@link VerifierError}; an abort ends the work at once. */
  verify(batch: BatchToVerify, signal: AbortSignal): Promise<Verdict>;
  close(): Promise<void>;
}

const Root = Type.String({ pattern: "^[0-9a-f]{64}$" });
const OrNull = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** A verdict as a verifier outside this thread says it: JSON with bytes in lower-case hex. */
export const VerdictJsonSchema = Type.Union([
  Type.Object(
    {
      verdict: Type.Literal("verified"),
      batch_number: Type.Integer({ minimum: 0, maximum: BATCH_NUMBER_MAX }),
      service: OrNull(Type.String({ pattern: SERVICE_ID_PATTERN })),
      previous_root: OrNull(Root),
      root: Root,
      receipts_root: OrNull(Root),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      verdict: Type.Literal("rejected"),
      check: Type.String({ pattern: "^[!-~]{1,64}$" }),
      detail: Type.String({ maxLength: ERROR_TEXT_MAX }),
    },
    { additionalProperties: false },
  ),
]);

const checkVerdict = checkerOf(VerdictJsonSchema);

/**
 * Reads a verdict from JSON.
 *
 * @throws ZetaError `verifier_malformed`.
 */
export function verdictFromJson(json: unknown): Verdict {
  const checked = checkVerdict(json);
  if (!checked.ok) throw verifierError("verifier_malformed", `expected a verdict: ${checked.why}`);
  const value = checked.value;
  if (value.verdict === "rejected") return value;
  const rootOrNull = (hex: string | null | undefined) => (hex == null ? null : fromHex(hex));
  return {
    verdict: "verified",
    batchNumber: value.batch_number,
    service: value.service ?? null,
    previousRoot: rootOrNull(value.previous_root),
    root: fromHex(value.root),
    receiptsRoot: rootOrNull(value.receipts_root),
  };
}

export function verifierError(
  code: VerifierErrorCode,
  message: string,
  cause?: unknown,
): VerifierError {
  return new ZetaError(code, message, cause === undefined ? undefined : { cause });
}
