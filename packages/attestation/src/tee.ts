// SPDX-License-Identifier: Apache-2.0
/**
 * The kinds of evidence this package knows. Simulation is no TEE; it is here so that nothing can
 * forget to name it.
 */
export const TEES = ["simulation", "sgx", "tdx", "sev-snp"] as const;

export type Tee = (typeof TEES)[number];
