// SPDX-License-Identifier: Apache-2.0
import { type EvidenceVerdict, type Trust, verifyEvidence } from "@zeta/client";
import { EVIDENCE_BYTES_MAX } from "@zeta/client/limits";
import { count } from "./format.ts";
import { Observable, type Observed } from "./observable.ts";
import { type ServiceOperations, trustsForFiles } from "./open-service.ts";

export type FileState =
  | { readonly stage: "none" }
  | { readonly stage: "judging"; readonly file: string }
  | { readonly stage: "judged"; readonly file: string; readonly verdict: EvidenceVerdict }
  | { readonly stage: "unreadable"; readonly file: string; readonly message: string };

/** Judges evidence files, offline: nothing is asked of any service. */
export class FileJudge {
  readonly #accepted: () => Trust;
  readonly #state = new Observable<FileState>({ stage: "none" });

  /** @param accepted what the page accepts, asked for each file */
  constructor(accepted: () => Trust) {
    this.#accepted = accepted;
  }

  get state(): Observed<FileState> {
    return this.#state;
  }

  /** Takes the bytes of a file that somebody made. */
  async take(file: File, operations: ServiceOperations | null): Promise<void> {
    if (file.size > EVIDENCE_BYTES_MAX) {
      const message = `expected at most ${count(EVIDENCE_BYTES_MAX)} bytes, got ${count(file.size)}`;
      this.#state.set({ stage: "unreadable", file: file.name, message });
      return;
    }
    await this.judge(file.name, await file.text(), operations);
  }

  async judge(file: string, text: string, operations: ServiceOperations | null): Promise<void> {
    const judging: FileState = { stage: "judging", file };
    this.#state.set(judging);
    const verdict = await judgedBy(trustsForFiles(this.#accepted(), operations), parsed(text));
    // A later file may be on its way already.
    if (this.#state.value === judging) this.#state.set({ stage: "judged", file, verdict });
  }
}

/** The verdict by the trust that accepts the code in the file; by the first, if none does. */
async function judgedBy(
  [first, ...others]: readonly [Trust, ...Trust[]],
  evidence: unknown,
): Promise<EvidenceVerdict> {
  const verdict = await verifyEvidence(evidence, first);
  for (const trust of others) {
    if (verdict.check !== "MEASUREMENT_NOT_ALLOWED") break;
    const other = await verifyEvidence(evidence, trust);
    if (other.check !== "MEASUREMENT_NOT_ALLOWED") return other;
  }
  return verdict;
}

/** What is no JSON is no evidence either: the verifier says so. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
