// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { connect, type Evidence, isRefused } from "@zeta/client";
import { armAttack } from "@zeta/client/attack/arm";
import type { AttackMode, AttackName, Lie } from "@zeta/client/attack/attacks";
import { provoke } from "@zeta/client/attack/provoke";
import { type EvidenceVerdict, verifyEvidence } from "@zeta/client/verify-evidence";
import { startService } from "@zeta/service/serve";
import { readEvidenceFile, writeEvidenceFile } from "../evidence/evidence-file.ts";

/** Short epochs: nobody wants to wait for the story's end. */
const EPOCH_MS = 100;
/** Only a machine that does something else takes so long; it must not pass for a lie that was caught. */
const TIMEOUT_MS = 20_000;
const KEY = "alice";
const TRUST = { simulation: true } as const;

/** What became of a lie; `zeta demo --json` prints it. */
export interface LieReport {
  readonly name: AttackName;
  readonly mode: AttackMode | null;
  readonly caught: boolean;
  /** The honest client found out, nobody else. */
  readonly by: "client" | null;
  readonly code: string | null;
  /** The monitor's check, or the client's own. */
  readonly check: string | null;
  /** Path of the evidence file. */
  readonly evidence: string | null;
  /** What `zeta verify` says of it. */
  readonly verdict: EvidenceVerdict["verdict"] | null;
}

/** Starts a fresh service, lets it lie once, and watches an honest client. */
export async function runLie({ name, mode }: Lie, directory: string): Promise<LieReport> {
  const service = await startService({
    host: "127.0.0.1",
    port: 0,
    epochMs: EPOCH_MS,
    allowAttacks: true,
  });
  try {
    const client = await connect(service.url, { trust: TRUST });
    try {
      const arm = () => armAttack(service.url, name, KEY, mode);
      const finding = await provoke(client, { name, key: KEY, arm, timeoutMs: TIMEOUT_MS });
      if (!finding.caught) return missed(name, mode, null);
      const { code, check, evidence } = finding;
      const kept = evidence === null ? null : await keep(name, mode, directory, evidence);
      // Without evidence nobody has to believe it; a refusal that certifies on closer look is a false alarm.
      const caught = kept !== null && kept.verdict !== "certified";
      const path = kept?.path ?? null;
      const verdict = kept?.verdict ?? null;
      return { name, mode, caught, by: "client", code, check, evidence: path, verdict };
    } catch (error) {
      if (!isRefused(error)) throw error;
      return missed(name, mode, error.code);
    } finally {
      client.close();
    }
  } finally {
    await service.close();
  }
}

/** `code`: why the client could not even ask, null if it believed the lie. */
function missed(name: AttackName, mode: AttackMode | null, code: string | null): LieReport {
  return { name, mode, caught: false, by: null, code, check: null, evidence: null, verdict: null };
}

async function keep(
  name: AttackName,
  mode: AttackMode | null,
  directory: string,
  evidence: Evidence,
): Promise<{ readonly path: string; readonly verdict: EvidenceVerdict["verdict"] }> {
  const path = join(directory, `${name}${mode === null ? "" : `-${mode}`}.json`);
  writeEvidenceFile(path, evidence);
  // As somebody else would: from the file.
  const { verdict } = await verifyEvidence(readEvidenceFile(path), TRUST);
  return { path, verdict };
}
