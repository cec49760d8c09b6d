// SPDX-License-Identifier: Apache-2.0
import type { SimResult } from "./simulate.ts";

/** What must hold of every run; null when it does. */
export function failureOf(result: SimResult): string | null {
  const [lie] = result.certifiedLies;
  if (lie !== undefined) return `a lie was certified: ${lie}`;
  if (!result.honest) return null;
  if (result.violation) return "an honest service was accused";
  const [refusal] = result.refusals;
  if (refusal !== undefined) return `an honest service was refused: ${refusal}`;
  if (result.certified < result.answers) {
    return `an honest service got ${result.certified} of ${result.answers} answers certified`;
  }
  return null;
}
