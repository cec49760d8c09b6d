// SPDX-License-Identifier: Apache-2.0
import { verifyEvidence } from "@zeta/client/verify-evidence";
import { EXIT, type ExitCode } from "../exit.ts";
import { print, printJson } from "../output/console.ts";
import { readEvidenceFile } from "./evidence-file.ts";
import { readTrust, type TrustOptions } from "./read-trust.ts";

const UNASKED =
  "No --policy: simulated quotes accepted. Anybody can make one; trust nothing real to it.";

/** `zeta verify`: prints the verdict on an evidence file. */
export async function verifyFile(
  path: string,
  options: TrustOptions,
  json: boolean,
): Promise<ExitCode> {
  const trust = await readTrust(options);
  const judged = await verifyEvidence(readEvidenceFile(path), trust);
  const { verdict, steps, code, check } = judged;
  if (json) {
    printJson({ verdict, steps, code, check, simulationAccepted: trust.simulation === true });
  } else {
    print(judged.report().trimEnd());
    if (options.policy === undefined) print(UNASKED);
  }
  return verdict === "certified" ? EXIT.success : EXIT.negative;
}
