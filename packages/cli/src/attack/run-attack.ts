// SPDX-License-Identifier: Apache-2.0
import { armAttack, offeredAttacks } from "@zeta/client/attack/arm";
import { ATTACKS, type AttackMode, type AttackName } from "@zeta/client/attack/attacks";
import { type Finding, provoke } from "@zeta/client/attack/provoke";
import { isRefused, NO_LIE } from "@zeta/client/refusal";
import { isZetaError } from "@zeta/protocol/error";
import { keepEvidence, writeEvidenceFile } from "../evidence/evidence-file.ts";
import { EXIT, type ExitCode, oneLine, usageError } from "../exit.ts";
import type { ClientCommandOptions } from "../kv/client-command.ts";
import { openClient } from "../kv/open-client.ts";
import { paint } from "../output/colour.ts";
import { commandName } from "../output/command-name.ts";
import { print, printJson } from "../output/console.ts";

export interface AttackOptions extends ClientCommandOptions {
  readonly mode?: AttackMode;
  readonly out?: string;
}

/** `zeta attack`: arms one lie and reports what an honest client noticed. */
export async function runAttack(
  name: AttackName,
  key: string,
  options: AttackOptions,
): Promise<ExitCode> {
  const mode = options.mode ?? (name === "stale-read" ? "honest-log" : null);
  const client = await openClient(options);
  let finding: Finding;
  try {
    await requireLiar(options.url);
    const arm = () => armAttack(options.url, name, key, mode);
    finding = await provoke(client, { name, key, arm, timeoutMs: options.timeout });
  } catch (error) {
    // How the service was started is for whoever typed the command to put right.
    if (isZetaError(error, "attacks_disabled")) throw usageError(error.message, error);
    // What is thrown, and not found, came before the lie: an attack can be watched only on a service that certifies.
    if (isRefused(error) && !NO_LIE.includes(error.code)) {
      const message = `expected a service that has not been caught yet, got one that was refused before this attack (${error.message}); start it again`;
      throw usageError(message, error);
    }
    throw error;
  } finally {
    client.close();
  }
  const path = writeFinding(name, finding, options.out ?? null);
  if (options.json) printJson(jsonOf(name, mode, finding, path));
  else printFinding(name, mode, finding, path);
  return finding.caught ? EXIT.negative : EXIT.success;
}

/** Before anything is written: an honest service holds somebody's data. */
async function requireLiar(url: string): Promise<void> {
  if ((await offeredAttacks(url)).allowed) return;
  throw usageError(`expected a service started with --allow-attacks, got one without at ${url}`);
}

function writeFinding(name: AttackName, finding: Finding, out: string | null): string | null {
  if (!finding.caught || finding.evidence === null) return null;
  if (out === null) return keepEvidence(`zeta-evidence-${name}.json`, finding.evidence);
  writeEvidenceFile(out, finding.evidence);
  return out;
}

function jsonOf(
  name: AttackName,
  mode: AttackMode | null,
  finding: Finding,
  evidence: string | null,
): unknown {
  const attack = { name, ...(mode !== null && { mode }) };
  if (!finding.caught) return { ...attack, caught: false, told: finding.told };
  const { code, check, message } = finding;
  return { ...attack, caught: true, by: "client", code, check, message, evidence };
}

function printFinding(
  name: AttackName,
  mode: AttackMode | null,
  finding: Finding,
  evidence: string | null,
): void {
  print(`attack     ${name}${mode === null ? "" : ` (${mode})`}: ${ATTACKS[name]}`);
  if (!finding.caught) {
    print(`told       ${oneLine(finding.told)}`);
    print(paint("bad", "NOT CAUGHT: the client accepted the answer"));
    return;
  }
  print(`${paint("good", "CAUGHT")}     by the client: ${finding.code}, check ${finding.check}`);
  print(`because    ${oneLine(finding.message)}`);
  if (evidence !== null) print(`evidence   ${evidence} (${commandName()} verify ${evidence})`);
}
