// SPDX-License-Identifier: Apache-2.0
import type { Answer, Proof, RefusedError, ZetaClient } from "@zeta/client";
import { isRefused } from "@zeta/client/refusal";
import { keepRefusal, tellRefusal } from "../evidence/tell-refusal.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { note, print, printJson } from "../output/console.ts";
import type { CallCommandOptions } from "./client-command.ts";
import { openClient } from "./open-client.ts";

/** One of the commands put, get and del. */
export interface KvCall {
  readonly operation: "put" | "get" | "delete";
  readonly key: string;
  run(client: ZetaClient): Promise<Answer>;
  /** False: a negative answer (nothing to get or delete), exit 1. */
  isPositive(answer: Answer): boolean;
  /** The answer in words, for people. */
  describe(answer: Answer): string;
  /** Only the bytes that were read go to stdout, and with --wait only when they are certified; everything else goes to stderr. */
  readonly isRaw?: boolean;
}

/** Asks, prints the answer, and with --wait what certified it; keeps evidence when the answer is refused. */
export async function runCall(call: KvCall, options: CallCommandOptions): Promise<ExitCode> {
  const client = await openClient(options);
  try {
    const answer = await call.run(client);
    const isText = options.json !== true && call.isRaw !== true;
    if (isText) print(call.describe(answer));
    const proof = options.wait ? await answer.certified({ timeoutMs: options.timeout }) : null;
    if (options.json) printJson(jsonOf(call, client, answer, proof));
    else if (proof === null)
      note(`provisional in epoch ${answer.epoch}; --wait for the certificate`);
    else (isText ? print : note)(proof.report().trimEnd());
    if (call.isRaw) writeRaw(call, answer);
    return call.isPositive(answer) ? EXIT.success : EXIT.negative;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return reportRefusal(call, error, options.json ?? false);
  } finally {
    client.close();
  }
}

function writeRaw(call: KvCall, answer: Answer): void {
  if (answer.value === null) note(call.describe(answer));
  else process.stdout.write(answer.value.bytes);
}

function jsonOf(call: KvCall, client: ZetaClient, answer: Answer, proof: Proof | null): unknown {
  const { value, existed } = answer;
  return {
    simulated: client.simulated,
    operation: call.operation,
    key: call.key,
    existed,
    ...(call.operation === "get" && {
      found: value !== null,
      value: value === null ? null : String(value),
      valueBase64: value === null ? null : Buffer.from(value.bytes).toString("base64"),
    }),
    epoch: answer.epoch,
    status: proof === null ? "provisional" : "certified",
    ...(proof !== null && { report: proof.report() }),
  };
}

function reportRefusal(call: KvCall, refusal: RefusedError, json: boolean): ExitCode {
  const path = keepRefusal(refusal);
  if (json) {
    const { operation, key } = call;
    const { code, check, message } = refusal;
    printJson({ operation, key, status: "refused", code, check, message, evidence: path });
  } else tellRefusal(refusal, path);
  return EXIT.negative;
}
