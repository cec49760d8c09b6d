// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { collateralOption, jsonOption, parsedOption } from "../options/option.ts";
import { parseDuration } from "../options/parse-duration.ts";
import { DEFAULT_URL, parseUrl } from "../options/parse-url.ts";

/** Long enough for any epoch somebody would wait for at a prompt. */
const TIMEOUT_MS = { min: 100, max: 3_600_000 } as const;
const DEFAULT_TIMEOUT_MS = 30_000;

/** Options of every command that asks a service something and may wait for the certificate. */
export interface ClientCommandOptions {
  readonly url: string;
  readonly policy?: string;
  readonly collateral?: string;
  readonly timeout: number;
  readonly json?: true;
}

export interface CallCommandOptions extends ClientCommandOptions {
  readonly wait?: true;
}

export function addClientOptions(command: Command): Command {
  return command
    .addOption(parsedOption("--url <url>", "the service", parseUrl).default(DEFAULT_URL))
    .addOption(new Option("--policy <file>", "what to accept, as for zeta verify"))
    .addOption(collateralOption())
    .addOption(
      parsedOption("--timeout <time>", "how long to wait for a certificate", (text) =>
        parseDuration(text, TIMEOUT_MS.min, TIMEOUT_MS.max),
      ).default(DEFAULT_TIMEOUT_MS, "30s"),
    )
    .addOption(jsonOption());
}

export function addCallOptions(command: Command): Command {
  return addClientOptions(command).addOption(
    new Option("--wait", "wait until the answer is certified, and print the report"),
  );
}
