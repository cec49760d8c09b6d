// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { readCollateralPath } from "@zeta/attestation/collateral-files";
import type { Policy } from "@zeta/attestation/policy";
import { HARDWARE_ONLY_POLICY } from "@zeta/attestation/policy";
import { parsePolicyFile } from "@zeta/attestation/policy-file";
import { quoteJudge } from "@zeta/gateway/proofs/quote-judge";
import type { ProofPolicy } from "@zeta/gateway/proofs/verify-proof";
import { type BatchReport, verifyProofs, watchProofs } from "@zeta/gateway/proofs/verify-proofs";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { readNamed, readPolicyWith } from "../attestation/attestation-files.ts";
import { EXIT, type ExitCode, oneLine } from "../exit.ts";
import { commandName } from "../output/command-name.ts";
import { note, print, printJson } from "../output/console.ts";
import { table } from "../output/table.ts";
import { stopSignal } from "../until-signal.ts";

export interface ProofsCommand {
  readonly url: string;
  /** Both null: what the server has. */
  readonly from: number | null;
  readonly to: number | null;
  readonly policy: string | null;
  readonly collateral: string | null;
  readonly service: string | null;
  readonly allowLegacy: boolean;
  readonly json: boolean;
}

const SIMULATED = "SIMULATED TEE: anybody can make these proofs";

/** While nothing is decided the server is asked this often. */
const WATCH_MS = 1000;

/** Without a policy: simulated quotes, and genuine, up-to-date Intel hardware. Simulation is said. */
const DEFAULT_POLICY: Policy = Object.freeze({ ...HARDWARE_ONLY_POLICY, allowSimulation: true });

/** `zeta proofs verify`. Success only when every batch is verified and the chain unbroken. */
export async function verifyProofsCommand(command: ProofsCommand): Promise<ExitCode> {
  const options = await optionsOf(command);
  const report = await verifyProofs(options).catch((error) => notThere(command.url, error));
  const { previousRoot, chain } = report;
  if (command.json) printJson({ batches: report.batches.map(shapeOf), previousRoot, chain });
  else {
    if (report.batches.some(({ simulated }) => simulated)) print(SIMULATED);
    const rows = report.batches.map((batch) => rowOf(batch));
    if (rows.length > 0) print(table([["batch", "status", "verdict", "root", "signer"], ...rows]));
    if (previousRoot !== null) print(`begins after root ${previousRoot}`);
    print(`chain ${chain}`);
  }
  return report.ok ? EXIT.success : EXIT.negative;
}

/** `zeta proofs watch`: a line for each batch as its fate is known. A negative answer as soon as something does not hold. */
export async function watchProofsCommand(command: ProofsCommand): Promise<ExitCode> {
  const options = await optionsOf(command);
  const pause = (signal: AbortSignal) =>
    sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
  let ok = true;
  let isSaid = command.json;
  for await (const batch of watchProofs({ ...options, pause })) {
    ok &&= batch.verdict === "verified" && batch.chain === "unbroken";
    if (batch.simulated && !isSaid) print(SIMULATED);
    isSaid ||= batch.simulated;
    if (command.json) print(JSON.stringify({ ...shapeOf(batch), chain: batch.chain }));
    else print(`${rowOf(batch).join("  ")}  chain ${batch.chain}`);
  }
  return ok ? EXIT.success : EXIT.negative;
}

function notThere(url: string, error: unknown): never {
  if (!isZetaError(error, "connect_failed")) throw error;
  const message = `expected a prover API at ${url}, got none (${error.message}); start one: ${commandName()} prover-api`;
  throw new ZetaError(error.code, message, { cause: error });
}

async function optionsOf(command: ProofsCommand) {
  const { url, from, to, json } = command;
  const policy = await proofPolicy(command);
  if (command.policy === null && !json) {
    note(
      "no --policy: quotes are accepted from Intel hardware running any code, and SIMULATED ones",
    );
  }
  return { url, from, to, policy, signal: stopSignal() };
}

async function proofPolicy(command: ProofsCommand): Promise<ProofPolicy> {
  const policy =
    command.policy === null
      ? DEFAULT_POLICY
      : await readPolicyWith(command.policy, parsePolicyFile);
  const { collateral: path } = command;
  const collateral =
    path === null ? null : await readNamed("--collateral", path, readCollateralPath);
  const judge = quoteJudge({ policy, now: Date.now, collateralOf: async () => collateral });
  return { judge, service: command.service, allowLegacy: command.allowLegacy };
}

/** As scripts rely on it. */
function shapeOf({ number, status, verdict, root, signer, simulated, code }: BatchReport) {
  return { number, status, verdict, root, signer, simulated, code };
}

function rowOf({ number, status, verdict, root, signer, code, detail }: BatchReport): string[] {
  const why = code === null ? detail : `${code}: ${detail}`;
  const proven = [root?.slice(0, 16) ?? "-", signer ?? "-"];
  const end = verdict === "verified" ? proven : [oneLine(why)];
  return [String(number), oneLine(status), verdict, ...end];
}
