// SPDX-License-Identifier: Apache-2.0
/** Numbers of the advisory locks in the job database: arbitrary, but the same in every server. */
export const LOCKS = { attestations: 7_202_601, batches: 7_202_602 } as const;
