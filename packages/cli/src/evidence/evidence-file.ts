// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import type { Evidence } from "@zeta/client";
import { evidenceText } from "@zeta/client/evidence-text";
import { EVIDENCE_BYTES_MAX } from "@zeta/client/limits";
import { usageError } from "../exit.ts";
import { readCapped } from "../options/read-capped.ts";
import { note } from "../output/console.ts";

const NAMES_TRIED_MAX = 1000;

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/**
 * Writes evidence where the user said.
 *
 * @throws ZetaError `usage` when that is not possible.
 */
export function writeEvidenceFile(path: string, evidence: Evidence): void {
  try {
    writeFileSync(path, evidenceText(evidence, new Date()));
  } catch (error) {
    throw usageError(`--out ${path}: expected a file that can be written, got ${codeOf(error)}`);
  }
}

/** Writes evidence that nobody asked for, next to what is there: `name.json`, else `name-2.json` and so on. Returns the path; null: nothing can be written here, which is said on stderr. */
export function keepEvidence(name: string, evidence: Evidence): string | null {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let number = 1; number <= NAMES_TRIED_MAX; number++) {
    const path = number === 1 ? name : `${stem}-${number}${extension}`;
    try {
      writeFileSync(path, evidenceText(evidence, new Date()), { flag: "wx" });
      return path;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") {
        return lost(`${path}: expected a file that can be written, got ${codeOf(error)}`);
      }
    }
  }
  return lost(`${name}: expected fewer than ${NAMES_TRIED_MAX} older evidence files`);
}

/** What was found out must be told, kept or not. */
function lost(reason: string): null {
  note(`zeta: the evidence is not kept: ${reason}`);
  return null;
}

/**
 * Reads a JSON file that somebody else wrote. Its content is not judged here.
 *
 * @throws ZetaError `usage` for a file that cannot be read or is too large; null for one that is no JSON.
 */
export function readEvidenceFile(path: string): unknown {
  let text: string | null;
  try {
    text = readCapped(path, EVIDENCE_BYTES_MAX);
  } catch (error) {
    throw usageError(`${path}: expected a readable evidence file, got ${codeOf(error)}`, error);
  }
  if (text === null) {
    throw usageError(`${path}: expected at most ${EVIDENCE_BYTES_MAX} bytes, got more`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
