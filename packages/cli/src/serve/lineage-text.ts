// SPDX-License-Identifier: Apache-2.0
import { LINEAGE_MAX } from "@zeta/attestation/service-lineage";

/** From so many instances on an operator is told: with a restart a day there are three months left. */
const LINEAGE_WARNING = LINEAGE_MAX - 100;

/** What is said at the start of how many instances there were before; null: nothing, there is room. */
export function lineageText(ancestors: number): string | null {
  if (ancestors < LINEAGE_WARNING) return null;
  const room = `${ancestors} of at most ${LINEAGE_MAX} instances before this one`;
  return `${room}: no other starts after that (docs/storage.md, "The lineage")`;
}
