// SPDX-License-Identifier: Apache-2.0
import { isRefused, NO_LIE } from "@zeta/client/refusal";
import { EXIT, type ExitCode } from "../exit.ts";
import type { ClientCommandOptions } from "../kv/client-command.ts";
import { openClient } from "../kv/open-client.ts";
import { print, printJson } from "../output/console.ts";
import { writeEvidenceFile } from "./evidence-file.ts";
import { tellRefusal } from "./tell-refusal.ts";

interface ExportOptions extends ClientCommandOptions {
  readonly out: string;
}

/** `zeta evidence`: reads a key, and keeps what certifies the answer or what proves the lie. */
export async function exportEvidence(key: string, options: ExportOptions): Promise<ExitCode> {
  const { out, json = false, timeout } = options;
  const client = await openClient(options);
  try {
    const answer = await client.get(key);
    const proof = await answer.certified({ timeoutMs: timeout });
    writeEvidenceFile(out, proof.evidence());
    if (json) printJson({ status: "certified", key, epoch: proof.epoch, evidence: out });
    else print(`certified in epoch ${proof.epoch}; evidence in ${out}`);
    return EXIT.success;
  } catch (error) {
    if (!isRefused(error)) throw error;
    const { code, check, evidence } = error;
    const path = evidence === null || NO_LIE.includes(code) ? null : out;
    // Told first: perhaps the file cannot be written.
    if (!json) tellRefusal(error, path);
    if (path !== null && evidence !== null) writeEvidenceFile(path, evidence);
    if (json) printJson({ status: "refused", key, code, check, evidence: path });
    return EXIT.negative;
  } finally {
    client.close();
  }
}
