// SPDX-License-Identifier: Apache-2.0
import { type ProverApiConfig, proverApiConfigFromJson } from "@zeta/prover-api/config";
import { BLOBS_DEFAULT, DATABASE_DEFAULT, startProverApi } from "@zeta/prover-api/start-prover-api";
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
  openDirectories(config, path === null ? "" : `--config-path ${path}: `);
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

function openDirectories(config: ProverApiConfig, where: string): void {
  const { database = DATABASE_DEFAULT, blobs = BLOBS_DEFAULT } = config;
  if (database.kind === "embedded") {
    openWritable(`${where}database.directory`, database.directory);
  }
  if (blobs.kind === "files") openWritable(`${where}blobs.directory`, blobs.directory);
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
