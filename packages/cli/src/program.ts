// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addAttackCommand } from "./commands/attack.ts";
import { addAttestationCommand } from "./commands/attestation.ts";
import { addBenchCommand } from "./commands/bench.ts";
import { addCallCommand } from "./commands/call.ts";
import { addDelCommand } from "./commands/del.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addEvidenceCommand } from "./commands/evidence.ts";
import { addGatewayCommand } from "./commands/gateway.ts";
import { addGetCommand } from "./commands/get.ts";
import { addKeyCommand } from "./commands/key.ts";
import { addLaunchCommand } from "./commands/launch.ts";
import { addMonitorCommand } from "./commands/monitor.ts";
import { addProofsCommand } from "./commands/proofs.ts";
import { addProverApiCommand } from "./commands/prover-api.ts";
import { addPutCommand } from "./commands/put.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addStorageCommand } from "./commands/storage.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { addYcsbCommand } from "./commands/ycsb.ts";
import type { Exit } from "./exit.ts";

const DESCRIPTION = `A key-value service whose every answer is certified by a monitor, and a client that finds out when it lies.`;

const EXIT_CODES = `
Exit codes: 0 success; 1 a negative answer (not verified, not found, not
reachable); 2 bad usage (one line says what was expected and what came).
Progress and remarks go to stderr, results to stdout; with --json an error is
there, too: {"error": {"code", "message"}}. NO_COLOR is honoured.`;

/** In the order of the help: what a newcomer tries first comes first. */
const COMMANDS: readonly ((program: Command, exit: Exit) => void)[] = [
  addServeCommand,
  addDemoCommand,
  addPutCommand,
  addGetCommand,
  addDelCommand,
  addCallCommand,
  addKeyCommand,
  addEvidenceCommand,
  addVerifyCommand,
  addAttestationCommand,
  addAttackCommand,
  addYcsbCommand,
  addBenchCommand,
  addStorageCommand,
  addMonitorCommand,
  addProverApiCommand,
  addGatewayCommand,
  addProofsCommand,
  addLaunchCommand,
];

export function createProgram(exit: Exit): Command {
  const program = new Command("zeta")
    .description(DESCRIPTION)
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    // Errors are thrown and printed in one place, in one form.
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError(true);
  for (const add of COMMANDS) add(program, exit);
  return program;
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
