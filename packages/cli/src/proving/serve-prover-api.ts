// SPDX-License-Identifier: Apache-2.0
import { type ProverApiConfig, proverApiConfigFromJson } from "@zeta/prover-api/config";
import { startProverApi } from "@zeta/prover-api/start-prover-api";
import { readConfigFile } from "../options/config-file.ts";
import { openWritable } from "../options/writable-directory.ts";
import { note, print, printJson } from "../output/console.ts";
import { table } from "../output/table.ts";
import { stopRequest, unlessStopped } from "../until-signal.ts";
import { daemonLog } from "./plain-log.ts";
import { readQuoteRules } from "./quote-rules.ts";

/** `zeta prover-api`: runs until the process is asked to stop. */
export async function serveProverApi(path: string | null, json: boolean): Promise<void> {
  const config = path === null ? {} : readConfigFile(path, proverApiConfigFromJson);
  if (config.database?.kind === "embedded") {
    openWritable(`--config-path ${path}: database.directory`, config.database.directory);
  }
  if (config.blobs?.kind === "files")
    openWritable(`--config-path ${path}: blobs.directory`, config.blobs.directory);
  const stop = stopRequest();
  const { policy, judge } = await readQuoteRules(config.attestation);
  const log = daemonLog(json);
  if (!json) log.level = "warn";
  const starting = startProverApi(config, { log, judge, stop: stop.signal });
  const api = await unlessStopped(stop, starting);
  if (api === null) return;
  const simulated = policy.allowSimulation;
  if (json) printJson({ url: api.url, simulated });
  else printStart(api.url, config, simulated);
  note(`${await stop.asked}: stopping`);
  await api.close();
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
