// SPDX-License-Identifier: Apache-2.0
import { isRefused } from "@zeta/client/refusal";
import { describeError, EXIT, type ExitCode } from "../exit.ts";
import type { ClientCommandOptions } from "../kv/client-command.ts";
import { openClient } from "../kv/open-client.ts";
import { note, print, printJson } from "../output/console.ts";
import { writeEvidenceFile } from "./evidence-file.ts";

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
    if (evidence !== null) writeEvidenceFile(out, evidence);
    const path = evidence === null ? null : out;
    if (json) printJson({ status: "refused", key, code, check, evidence: path });
    else
      note(`zeta: REFUSED: ${describeError(error)}${path === null ? "" : `; evidence in ${out}`}`);
    return EXIT.negative;
  } finally {
    client.close();
  }
}
