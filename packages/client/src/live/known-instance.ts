// SPDX-License-Identifier: Apache-2.0
import type { CertificateChain } from "../certificate-chain.ts";
import type { InstanceClaim } from "../verify/beginning.ts";
import type { CheckedAncestors } from "../verify/check-lineage.ts";
import type { Step } from "../verify/findings.ts";
import type { LinePolicy } from "../verify/line-policy.ts";

/** An instance whose quote and lineage were checked, and what it was seen to certify. */
export interface KnownInstance extends InstanceClaim {
  /** How it was checked, all passed. */
  readonly steps: readonly Step[];
  readonly chain: CertificateChain;
}

/** What instances are judged by, and what needs no second look. */
export interface Judgement {
  readonly policy: LinePolicy;
  readonly checked: CheckedAncestors;
}
