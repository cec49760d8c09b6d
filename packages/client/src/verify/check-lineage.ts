// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { type Ancestor, ancestorsToJson, LINEAGE_MAX } from "@zeta/attestation/service-lineage";
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { utf8 } from "@zeta/protocol/bytes";
import { type SignedCheckpoint, verifyCheckpoint } from "@zeta/protocol/checkpoint";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { checkpointsOf, type InstanceClaim } from "./beginning.ts";
import { checkAttestation } from "./check-attestation.ts";
import { headMismatch } from "./check-statement.ts";
import { type Findings, NOTHING_FOUND, runStage, StepFailure } from "./findings.ts";
import { type LinePolicy, policyForAncestors } from "./line-policy.ts";

/**
 * Hashes of ancestors whose quote and signature were checked: neither changes, so who meets a descendant of theirs again need not check
 * them twice. Belongs to one policy.
 */
export type CheckedAncestors = Set<string>;

/**
 * The step `lineage`: an unbroken line of attested instances of one service leads from an empty store to where this one begins. No step
 * for one that says that it began from nothing itself; its statements say so too.
 */
export async function checkLineage(
  { attestation, lineage }: InstanceClaim,
  policy: LinePolicy,
  checked: CheckedAncestors = new Set(),
): Promise<Findings> {
  if (lineage.length === 0) return NOTHING_FOUND;
  return runStage("lineage", async () => {
    if (lineage.length > LINEAGE_MAX) {
      refuse(`expected at most ${LINEAGE_MAX} ancestors, got ${lineage.length}`);
    }
    const checkpoints = checkpointsOf(lineage);
    const forAncestors = policyForAncestors(policy);
    for (const [i, ancestor] of lineage.entries()) {
      const place = `ancestor ${i + 1} of ${lineage.length}`;
      const signed = checkpoints[i] as SignedCheckpoint;
      const mismatch = linkMismatch(ancestor, signed, checkpoints[i - 1] ?? null, attestation);
      if (mismatch !== null) refuse(`${place}: ${mismatch}`);
      await checkOnce(place, ancestor, signed, forAncestors, checked);
    }
    const restarts = lineage.length === 1 ? "1 restart" : `${lineage.length} restarts`;
    return `from an empty store through ${restarts}, each attested; calls counted since`;
  });
}

/** Null when this ancestor began where the one before it ended, and speaks of the same service; else what differs. */
function linkMismatch(
  { attestation }: Ancestor,
  signed: SignedCheckpoint,
  before: SignedCheckpoint | null,
  living: ServiceAttestation,
): string | null {
  const { checkpoint } = signed;
  if (attestation.serviceId !== living.serviceId) {
    return `expected service ${living.serviceId}, got ${attestation.serviceId}`;
  }
  const mismatch = headMismatch(checkpoint, attestation, before?.hash ?? NO_ORIGIN);
  if (mismatch !== null || before === null) return mismatch;
  const { epoch, operations } = before.checkpoint;
  if (checkpoint.epoch <= epoch) {
    return `expected a checkpoint after epoch ${epoch}, got one of epoch ${checkpoint.epoch}`;
  }
  return checkpoint.operations < operations
    ? `expected at least ${operations} operations, got ${checkpoint.operations}`
    : null;
}

/** The parts that cost something: the key's signature, and the quote by the policy for ancestors. */
async function checkOnce(
  place: string,
  ancestor: Ancestor,
  signed: SignedCheckpoint,
  policy: ServicePolicy,
  checked: CheckedAncestors,
): Promise<void> {
  const hash = ancestorHash(ancestor);
  if (checked.has(hash)) return;
  if (!verifyCheckpoint(signed, ancestor.attestation.publicKey)) {
    refuse(`${place}: expected a checkpoint signed by its attested key, got another signature`);
  }
  const { failure } = await checkAttestation(ancestor.attestation, policy);
  if (failure !== null) refuse(`${place}: ${failure.detail}`, failure.check);
  checked.add(hash);
}

/** Names an ancestor in {@link CheckedAncestors}: SHA-256 of its JSON, hex. */
export function ancestorHash(ancestor: Ancestor): string {
  return toHex(sha256(utf8(JSON.stringify(ancestorsToJson([ancestor])))));
}

function refuse(detail: string, check: string | null = null): never {
  throw new StepFailure("lineage_invalid", detail, check);
}
