// SPDX-License-Identifier: Apache-2.0
import { verifyEvidence } from "@zeta/client/verify-evidence";
import { EXIT, type ExitCode } from "../exit.ts";
import { print, printJson } from "../output/console.ts";
import { readEvidenceFile } from "./evidence-file.ts";
import { DEFAULT_POLICY, readPolicy, trustOf } from "./policy-file.ts";

const UNASKED =
  "No --policy: simulated quotes accepted. Anybody can make one; trust nothing real to it.";

/** `zeta verify`: prints the verdict on an evidence file. */
export async function verifyFile(
  path: string,
  policyPath: string | null,
  json: boolean,
): Promise<ExitCode> {
  const policy = policyPath === null ? DEFAULT_POLICY : readPolicy(policyPath);
  const judged = await verifyEvidence(readEvidenceFile(path), trustOf(policy));
  const { verdict, steps, code, check } = judged;
  if (json) {
    printJson({ verdict, steps, code, check, simulationAccepted: policy.allowSimulation });
  } else {
    print(judged.report().trimEnd());
    if (policyPath === null) print(UNASKED);
  }
  return verdict === "certified" ? EXIT.success : EXIT.negative;
}
