// SPDX-License-Identifier: Apache-2.0
import { encodeCertificate } from "@zeta/protocol/certificate";
import { ChainFailure } from "../certificate-chain.ts";
import type { RefusalCode } from "../refusal.ts";
import type { InstanceClaim } from "../verify/beginning.ts";
import type { StepFailure } from "../verify/findings.ts";
import type { EvidenceParts } from "../write-evidence.ts";

/** Why an instance is refused, and the parts of the evidence that show it. */
export interface Grounds {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly check?: string | null;
  readonly parts?: Partial<EvidenceParts>;
}

/**
 * A certificate that a chain refused, and what is wrong with it.
 *
 * @param other whose chain it is, when it is not the watched instance's.
 */
export function certificateGrounds(
  failure: StepFailure,
  bytes: Uint8Array,
  other: InstanceClaim | null = null,
): Grounds {
  const { check, message: detail } = failure;
  const { attestation = null, lineage = [] } = other ?? {};
  const theirs = { attestation, lineage, certificates: [bytes] };
  if (!(failure instanceof ChainFailure)) {
    return { code: "certificate_invalid", detail, check, parts: { other: theirs } };
  }
  const ours = [encodeCertificate(failure.ours)];
  if (other === null) {
    return { code: failure.chainCode, detail, check, parts: { certificates: ours, other: theirs } };
  }
  // Both are the other instance's: it contradicts itself.
  const parts = { ...other, certificates: ours, other: { ...theirs, attestation: null } };
  return { code: failure.chainCode, detail, check, parts };
}
