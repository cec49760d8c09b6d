// SPDX-License-Identifier: Apache-2.0
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/** How many faults a message names: enough to mend a body at once, short enough for one line. */
const FAULTS_MAX = 3;

/**
 * Makes a checker of JSON values for one schema. It converts nothing: a number in quotes is not a number.
 *
 * @example
 * const checkClaim = checkerOf(ClaimRequestSchema);
 * const claim = checkClaim(JSON.parse(body));
 * if (!claim.ok) throw new Error(claim.why);
 */
export function checkerOf<S extends TSchema>(schema: S): (value: unknown) => Checked<Static<S>> {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return { ok: true, value: value as Static<S> };
    const faults = [...compiled.Errors(value)].slice(0, FAULTS_MAX);
    const texts = faults.map((fault) => `${fault.instancePath || "body"} ${fault.message}`);
    return { ok: false, why: texts.join("; ") };
  };
}
