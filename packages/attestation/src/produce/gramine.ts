// SPDX-License-Identifier: Apache-2.0
/**
 * SGX quotes inside Gramine: pseudo-files under /dev/attestation (Gramine's LibOS,
 * `fs/dev/attestation.c`). Their state belongs to the whole process, so requests take turns; a
 * write of any length replaces all 64 bytes, so it must be one write of all.
 */

import { refuse } from "../error.ts";
import { type FileTree, systemCode, systemFileTree, textOf } from "./file-tree.ts";
import { assertReportData, checkedQuote, type QuoteProducer } from "./producer.ts";

/** Gramine hands out at most this much. */
const QUOTE_BYTES_MAX = 8192;
const TYPE_BYTES_MAX = 64;

/** Turns for each directory: two requests at once would read each other's quote. */
const turns = new Map<string, Promise<unknown>>();

export interface GramineOptions {
  readonly directory?: string;
  readonly files?: FileTree;
}

/** Throws `TEE_UNAVAILABLE` unless this is a Gramine enclave with DCAP attestation switched on. */
export async function gramineProducer(options: GramineOptions = {}): Promise<QuoteProducer> {
  const directory = options.directory ?? "/dev/attestation";
  const files = options.files ?? systemFileTree;
  const type = await attestationType(files, directory);
  if (type !== "dcap") {
    const manifest = 'set sgx.remote_attestation = "dcap" in the manifest';
    refuse(
      "TEE_UNAVAILABLE",
      `expected attestation type dcap, got ${JSON.stringify(type)}: ${manifest}`,
    );
  }
  return {
    name: "gramine",
    tee: "sgx",
    async produce(reportData) {
      assertReportData(reportData);
      const bytes = Uint8Array.from(reportData);
      const before = turns.get(directory) ?? Promise.resolve();
      const turn = before.then(() => quoteOver(files, directory, bytes));
      // The next one waits for this one, whether it succeeds or not.
      turns.set(
        directory,
        turn.catch(() => undefined),
      );
      return { tee: "sgx", quote: await turn, certificates: null };
    },
  };
}

async function attestationType(files: FileTree, directory: string): Promise<string> {
  try {
    return textOf(await files.read(`${directory}/attestation_type`, TYPE_BYTES_MAX)).slice(
      0,
      TYPE_BYTES_MAX,
    );
  } catch (error) {
    const code = systemCode(error);
    return refuse("TEE_UNAVAILABLE", `expected ${directory}/attestation_type, got ${code}`, error);
  }
}

async function quoteOver(
  files: FileTree,
  directory: string,
  reportData: Uint8Array,
): Promise<Uint8Array> {
  let blob: Uint8Array;
  try {
    await files.write(`${directory}/user_report_data`, reportData);
    blob = await files.read(`${directory}/quote`, QUOTE_BYTES_MAX);
  } catch (error) {
    const code = systemCode(error);
    // EACCES stands for any failure of the quoting service: Gramine says no more than that.
    const hint = code === "EACCES" ? ": the quoting service (AESM, PCCS) failed" : "";
    return refuse(
      "PRODUCER_FAILED",
      `expected a quote from ${directory}, got ${code}${hint}`,
      error,
    );
  }
  return checkedQuote("sgx", blob, reportData);
}
