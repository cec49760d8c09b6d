// SPDX-License-Identifier: Apache-2.0
import { parsePolicyFile } from "@zeta/attestation/policy-file";
import { type ProverApiConfig, proverApiConfigFromJson } from "@zeta/prover-api/config";
import { policyQuoteJudge } from "@zeta/prover-api/quote-judge";
import { startProverApi } from "@zeta/prover-api/start-prover-api";
import { readPolicyWith } from "../attestation/attestation-files.ts";
import { readConfigFile } from "../options/config-file.ts";
import { note, print, printJson } from "../output/console.ts";
import { table } from "../output/table.ts";
import { untilSignal } from "../until-signal.ts";
import { daemonLog } from "./plain-log.ts";

/** `zeta prover-api`: runs until the process is asked to stop. */
export async function serveProverApi(path: string | null, json: boolean): Promise<void> {
  const config = path === null ? {} : readConfigFile(path, proverApiConfigFromJson);
  const stop = untilSignal();
  const judge = await judgeOf(config);
  const log = daemonLog(json);
  if (!json) log.level = "warn";
  const api = await startProverApi(config, { log, ...(judge !== null && { judge }) });
  const simulated = config.attestation?.allowSimulation ?? false;
  if (json) printJson({ url: api.url, simulated });
  else printStart(api.url, config, simulated);
  note(`${await stop}: stopping`);
  await api.close();
}

/** By a policy file hardware quotes can be registered; without one at most simulated ones. */
async function judgeOf({ attestation }: ProverApiConfig) {
  const path = attestation?.policyFile;
  if (path === undefined) return null;
  const policy = await readPolicyWith(path, parsePolicyFile);
  const allowSimulation = attestation?.allowSimulation ?? policy.allowSimulation;
  return policyQuoteJudge({ policy: { ...policy, allowSimulation }, now: Date.now });
}

function printStart(url: string, config: ProverApiConfig, simulated: boolean): void {
  if (simulated) print("SIMULATED TEE: quotes that anybody can make are accepted");
  const { database, blobs } = config;
  print(
    table([
      ["serving", url],
      ["jobs", database?.kind === "postgres" ? "in Postgres" : "in the embedded Postgres"],
      ["batches", blobs?.kind === "files" ? blobs.directory : (blobs?.kind ?? "files")],
      ["compat", config.compat ?? "none"],
    ]),
  );
}
