// SPDX-License-Identifier: Apache-2.0
import type { Trust } from "@zeta/client/trust";
import { usageError } from "../exit.ts";

/** What a skeptic names on the command line. */
export interface TrustOptions {
  /** File of a policy; without it simulated quotes are accepted, and said. */
  readonly policy?: string;
  /** What Intel or AMD say about the platform of a hardware quote. */
  readonly collateral?: string;
  /** The moment by which a hardware quote is judged; now if left out. */
  readonly at?: Date;
}

/**
 * Without a policy: the monitor this release was built with, on any machine. Reports say that simulation was accepted.
 */
export const DEFAULT_TRUST: Trust = Object.freeze({ simulation: true });

/**
 * What these options make of a service acceptable.
 *
 * @throws ZetaError `usage`: a policy that is not understood must not pass for a lenient one.
 */
export async function readTrust(options: TrustOptions): Promise<Trust> {
  const { policy, collateral, at } = options;
  if (policy === undefined) {
    const lost = collateral !== undefined ? "--collateral" : at !== undefined ? "--at" : null;
    if (lost !== null) throw usageError(`${lost}: expected --policy beside it, got none`);
    return DEFAULT_TRUST;
  }
  // The schema of policies takes longer to load than all the rest of a command.
  const { trustOfOwnPolicy } = await import("./own-policy.ts");
  return trustOfOwnPolicy({ policy, collateral, at });
}
