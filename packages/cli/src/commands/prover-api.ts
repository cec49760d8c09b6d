// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption } from "../options/option.ts";

const HELP = `
The configuration is a file in YAML, every member optional: host, port,
database, blobs, followSealed, compat, firstProcessedBatch, batchBytesMax,
leaseSeconds, pollSeconds, attemptsMax, expiriesMax, retryInitialSeconds,
retryMaxSeconds, batchIgnoredAfterHours, attestation, operatorToken
(docs/gateway.md). It listens on 127.0.0.1:3320 and keeps its jobs in an
embedded Postgres below ./zeta-data unless told otherwise; quotes of simulated
TEEs are refused unless attestation.allowSimulation is true.`;

interface ProverApiOptions {
  readonly configPath?: string;
  readonly json?: true;
}

export function addProverApiCommand(program: Command, exit: Exit): void {
  program
    .command("prover-api")
    .description("hand sealed batches to gateways and keep their proofs")
    .addOption(new Option("--config-path <file>", "settings in YAML"))
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async ({ configPath, json }: ProverApiOptions) => {
      const { serveProverApi } = await import("../proving/serve-prover-api.ts");
      await serveProverApi(configPath ?? null, json ?? false);
      exit(EXIT.success);
    });
}
