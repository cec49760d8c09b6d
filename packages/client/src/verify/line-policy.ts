// SPDX-License-Identifier: Apache-2.0
import type { ServicePolicy } from "@zeta/attestation/verify-service";

/** What an instance is judged by, and those that it continues. */
export interface LinePolicy extends ServicePolicy {
  /** SHA-256 of what only an instance that has ended may have run, 32 bytes each. */
  readonly formerMeasurements?: readonly Uint8Array[];
}

/** The same for the instances that it continues. */
export function policyForAncestors(policy: LinePolicy): ServicePolicy {
  const { formerMeasurements = [], ...rest } = policy;
  return { ...rest, measurements: [...rest.measurements, ...formerMeasurements] };
}
