// SPDX-License-Identifier: Apache-2.0
import { serviceAttestationToJson } from "@zeta/attestation/service-attestation";
import { ancestorsToJson, type ServiceLineage } from "@zeta/attestation/service-lineage";
import { toHex } from "@zeta/protocol/hex";
import { type Evidence, type EvidenceContent, questionJson } from "./evidence.ts";

type Other = NonNullable<EvidenceContent["other"]>;

/** What a client has in hand; everything but the attestation may be missing. */
export type EvidenceParts = Pick<EvidenceContent, "attestation"> &
  Partial<Omit<EvidenceContent, "other">> & {
    readonly other?: (Omit<Other, "lineage"> & Partial<Pick<Other, "lineage">>) | null;
  };

/** The JSON document for these parts: what `decodeEvidence` reads back. */
export function writeEvidence(parts: EvidenceParts): Evidence {
  const { question, result, other } = parts;
  return {
    format: "zeta.evidence",
    version: 1,
    attestation: serviceAttestationToJson(parts.attestation),
    ...lineageMember(parts.lineage),
    certificates: (parts.certificates ?? []).map(toHex),
    question: question ? questionJson(question) : null,
    answer: result ? { result: toHex(result) } : null,
    receipt: hexOrNull(parts.receipt),
    violation: hexOrNull(parts.violation),
    other: other
      ? {
          attestation: other.attestation ? serviceAttestationToJson(other.attestation) : null,
          ...lineageMember(other.lineage),
          certificates: other.certificates.map(toHex),
        }
      : null,
    refusal: parts.refusal ?? null,
  };
}

function lineageMember(lineage: ServiceLineage = []): Pick<Evidence, "lineage"> {
  return lineage.length === 0 ? {} : { lineage: ancestorsToJson(lineage) };
}

function hexOrNull(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? toHex(bytes) : null;
}
