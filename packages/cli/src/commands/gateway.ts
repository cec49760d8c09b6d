// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption, parsedOption } from "../options/option.ts";
import { parseUrl } from "../options/parse-url.ts";

const HELP = `
Claims batches from a prover API, verifies them in the monitor, signs what it
found and hands the proof in, until it is stopped; then it finishes or gives
back what it holds. The configuration is a file in YAML, every member optional:
apiUrl, simulation, verifier, verifiers, outboxDirectory, metricsHost,
metricsPort, shutdownSeconds and more (docs/gateway.md). Metrics are on
127.0.0.1:3314. Without a TEE it starts only with --simulation.`;

interface GatewayOptions {
  readonly configPath?: string;
  readonly simulation?: true;
  readonly url?: string;
  readonly json?: true;
}

export function addGatewayCommand(program: Command, exit: Exit): void {
  program
    .command("gateway")
    .description("prove batches: fetch, verify in the monitor, sign, hand in")
    .addOption(new Option("--config-path <file>", "settings in YAML"))
    .addOption(new Option("--simulation", "make a quote that anybody can make"))
    .addOption(parsedOption("--url <url>", "the prover API (http://127.0.0.1:3320)", parseUrl))
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async ({ configPath, simulation, url, json }: GatewayOptions) => {
      const { runGatewayCommand } = await import("../proving/run-gateway-command.ts");
      await runGatewayCommand({
        config: configPath ?? null,
        simulation: simulation ?? false,
        url: url ?? null,
        json: json ?? false,
      });
      exit(EXIT.success);
    });
}
