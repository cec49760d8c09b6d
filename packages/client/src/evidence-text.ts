// SPDX-License-Identifier: Apache-2.0
import type { Evidence } from "./evidence.ts";

/**
 * Evidence as it stands in a file: indented, with the time of writing by the writer's own clock, for people who find it later.
 *
 * @example
 * writeFileSync("evidence.json", evidenceText(proof.evidence(), new Date()));
 */
export function evidenceText(evidence: Evidence, at: Date): string {
  return `${JSON.stringify({ ...evidence, createdAt: at.toISOString() }, null, 2)}\n`;
}
