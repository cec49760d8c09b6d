// SPDX-License-Identifier: Apache-2.0
/** One proof, judged by somebody who trusts neither server nor gateway: quote, policy, binding, revocation, signature by recovery. */
import { bindsGateway, ethereumAddressOf, namesKey } from "@zeta/attestation/report-data";
import { equalBytes } from "@zeta/protocol/bytes";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { recoverSigner } from "@zeta/protocol/signature";
import type { ProofRow } from "@zeta/tee-api/answers";
import { verifyLegacyRoot } from "@zeta/tee-api/legacy-signature";
import { encodeProofStatement } from "@zeta/tee-api/proof-statement";
import type { QuoteJudge } from "./quote-judge.ts";

export interface ProofPolicy {
  readonly judge: QuoteJudge;
  /** The service whose proofs these must be; null for any, as long as it is one. */
  readonly service: string | null;
  /** Accept signatures over the bare root, which bind neither batch nor predecessor. */
  readonly allowLegacy: boolean;
}

/** What a verified proof says, and nothing the server only claimed. */
export interface VerifiedProof {
  readonly root: Uint8Array;
  /** Null from a legacy proof: it does not say. */
  readonly previousRoot: Uint8Array | null;
  readonly service: string | null;
  /** Ethereum address of the signer. */
  readonly signer: string;
  /** The quote is one that anybody can make. */
  readonly simulated: boolean;
}

export type ProofCode =
  | "proof_incomplete"
  | "attestation_revoked"
  | "report_data_mismatch"
  | "tee_type_mismatch"
  | "signature_invalid"
  | "legacy_not_allowed"
  | "service_mismatch"
  | "root_mismatch";

/**
 * Verifies one proof as the server shows it.
 *
 * @throws ZetaError with a {@link ProofCode} or an attestation code.
 */
export async function verifyProof(row: ProofRow, policy: ProofPolicy): Promise<VerifiedProof> {
  const { pubkey, signature, proof, attestation } = row;
  if (pubkey === null || signature === null || proof === null || attestation === null) {
    return refuse("proof_incomplete", "expected key, signature, root and quote, got less");
  }
  if (row.attestation_revoked) refuse("attestation_revoked", "the key's attestation was revoked");
  const isLegacy = row.form === "zksync";
  if (isLegacy && !policy.allowLegacy) {
    refuse("legacy_not_allowed", "expected a signed proof statement, got a signature of the root");
  }
  const publicKey = bytes(pubkey);
  const { tee, reportData } = await policy.judge(bytes(attestation));
  // Old gateways prove as a hardware type in simulation too, and do not sign it.
  if (!isLegacy && row.tee_type !== tee) {
    refuse(
      "tee_type_mismatch",
      `expected a proof of ${tee}, as quoted, got one of ${row.tee_type}`,
    );
  }
  // A quote made for another purpose, a service's say, vouches for no proof. Old provers state no purpose.
  const binds = isLegacy ? namesKey : bindsGateway;
  if (!binds(reportData, publicKey)) {
    refuse("report_data_mismatch", `expected a quote that binds ${pubkey}, got another binding`);
  }
  const root = bytes(proof);
  if (!equalBytes(root, bytes(row.root))) {
    refuse("root_mismatch", `expected root ${row.root}, got ${proof}`);
  }
  const signer = `0x${toHex(ethereumAddressOf(publicKey))}`;
  const simulated = tee === "simulation";
  if (isLegacy) return { ...verifyLegacy(root, bytes(signature), publicKey), signer, simulated };
  const statement = statementOf(row, publicKey);
  const recovered = recoverSigner(statement, bytes(signature));
  if (recovered === null || !equalBytes(recovered, publicKey)) {
    refuse("signature_invalid", "expected a signature by the quoted key over this proof");
  }
  if (policy.service !== null && row.service !== policy.service) {
    refuse("service_mismatch", `expected service ${policy.service}, got ${row.service}`);
  }
  const { service } = row;
  return { root, previousRoot: bytes(row.previous_root), service, signer, simulated };
}

function verifyLegacy(root: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) {
  if (!verifyLegacyRoot(root, signature, publicKey)) {
    refuse("signature_invalid", "expected a signature by the quoted key over the root");
  }
  return { root, previousRoot: null, service: null };
}

function statementOf(row: ProofRow, publicKey: Uint8Array): Uint8Array {
  return encodeProofStatement({
    service: row.service,
    batchNumber: row.batch_number,
    previousRoot: bytes(row.previous_root),
    root: bytes(row.root),
    receiptsRoot: bytes(row.receipts_root),
    batchDigest: bytes(row.digest),
    teeType: row.tee_type,
    publicKey,
  });
}

/** The server's hex, which its schema allows in either case; a quote that is no hex is an empty one. */
function bytes(hex: string): Uint8Array {
  try {
    return fromHex(hex.toLowerCase());
  } catch (error) {
    if (isZetaError(error)) return new Uint8Array(0);
    throw error;
  }
}

function refuse(code: ProofCode, message: string): never {
  throw new ZetaError(code, message);
}
