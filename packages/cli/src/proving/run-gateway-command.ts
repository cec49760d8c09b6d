// SPDX-License-Identifier: Apache-2.0
import { gatewayConfigFromJson } from "@zeta/gateway/config";
import { OUTBOX_DEFAULT, runGateway } from "@zeta/gateway/run-gateway";
import { readConfigFile } from "../options/config-file.ts";
import { openWritable } from "../options/writable-directory.ts";
import { print, printJson } from "../output/console.ts";
import { stopSignal } from "../until-signal.ts";
import { daemonLog } from "./plain-log.ts";

export interface GatewayCommand {
  readonly config: string | null;
  /** Win over the file. */
  readonly simulation: boolean;
  readonly url: string | null;
  readonly json: boolean;
}

/** `zeta gateway`: proves batches until the process is asked to stop. */
export async function runGatewayCommand(command: GatewayCommand): Promise<void> {
  const check = (json: unknown) => gatewayConfigFromJson(json, process.env);
  const inFile = command.config === null ? check({}) : readConfigFile(command.config, check);
  const config = {
    ...inFile,
    ...(command.simulation && { simulation: true }),
    ...(command.url !== null && { apiUrl: command.url }),
  };
  const where = command.config === null ? "" : `--config-path ${command.config}: `;
  openWritable(`${where}outboxDirectory`, config.outboxDirectory ?? OUTBOX_DEFAULT);
  const summary = await runGateway(config, stopSignal(), { log: daemonLog(command.json) });
  if (command.json) printJson(summary);
  else print(`proofs ${summary.proofs}, unacknowledged ${summary.unacknowledged}`);
}
