// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { collateralOption, jsonOption, parsedOption } from "../options/option.ts";
import { parseTime } from "../options/parse-time.ts";

const VERIFY_HELP = `
Verifies a quote of SGX, TDX or SEV-SNP offline and judges it by a policy. Exits
0 only when the policy accepts it, 1 when not, and the reasons say why.
--collateral names Intel's collateral in JSON or, for SEV-SNP, a directory with
vcek.pem (or vlek.pem), ask.pem, ark.pem and crl.der. --policy names a policy in
YAML; without it genuine, up-to-date Intel hardware in production mode is
accepted, running any code. What a quote proves and how to write a policy:
docs/attestation.md.`;

const SHOW_HELP = `
Verifies nothing: what it prints is what anybody could have written there. Exits
1 when the file is no quote.`;

interface VerifyOptions {
  readonly quote: string;
  readonly collateral?: string;
  readonly at?: Date;
  readonly policy?: string;
  readonly json?: true;
}

interface ShowOptions {
  readonly quote: string;
  readonly json?: true;
}

export function addAttestationCommand(program: Command, exit: Exit): void {
  const attestation = program
    .command("attestation")
    .description("verify or read quotes of TEEs, offline");
  attestation
    .command("verify")
    .description("judge a quote by a policy")
    .requiredOption("--quote <file>", "the quote or report, as its TEE wrote it")
    .addOption(collateralOption())
    .addOption(parsedOption("--at <time>", "judge as of this time (now)", parseTime))
    .addOption(new Option("--policy <file>", "what to accept"))
    .addOption(jsonOption())
    .addHelpText("after", VERIFY_HELP)
    .action(async ({ quote, collateral, at, policy, json }: VerifyOptions) => {
      const { verifyQuote } = await import("../attestation/verify-quote.ts");
      const code = await verifyQuote({
        quote,
        collateral: collateral ?? null,
        at: at ?? new Date(),
        policy: policy ?? null,
        json: json ?? false,
      });
      exit(code);
    });
  attestation
    .command("show")
    .description("print what a quote says, verifying nothing")
    .requiredOption("--quote <file>", "the quote or report, as its TEE wrote it")
    .addOption(jsonOption())
    .addHelpText("after", SHOW_HELP)
    .action(async ({ quote, json }: ShowOptions) => {
      const { showQuote } = await import("../attestation/show-quote.ts");
      await showQuote(quote, json ?? false);
      exit(EXIT.success);
    });
}
