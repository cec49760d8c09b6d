// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import type { SignedCertificate } from "@zeta/protocol/certificate";
import type { SignedCheckpoint } from "@zeta/protocol/checkpoint";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { beginningOf, checkpointsOf, type InstanceClaim } from "./beginning.ts";

/** Do both histories grow from one empty store? The claims must have been checked. */
export function haveOneRoot(one: InstanceClaim, two: InstanceClaim): boolean {
  const [first, second] = [one, two].map(({ attestation, lineage }) => {
    return (lineage[0]?.attestation ?? attestation).instanceId;
  });
  return first !== undefined && second !== undefined && equalBytes(first, second);
}

/**
 * The checkpoint up to which `successor` has the history of `before`: one that `before` made itself, or the one from which it began (it
 * made none: it crashed). Null when there is none: then `successor` continues something else.
 */
export function sharedCheckpoint(
  before: InstanceClaim,
  successor: InstanceClaim,
): SignedCheckpoint | null {
  const { instanceId } = before.attestation;
  const { origin } = beginningOf(before.lineage);
  const checkpoints = checkpointsOf(successor.lineage);
  const own = checkpoints.find(({ checkpoint }) => equalBytes(checkpoint.instanceId, instanceId));
  if (own !== undefined || equalBytes(origin, NO_ORIGIN)) return own ?? null;
  return checkpoints.find(({ hash }) => equalBytes(hash, origin)) ?? null;
}

/**
 * Null when two instances certified the same of an epoch, as they must when both ran one journal; else what differs. Their certificates
 * differ in any case: each names its own instance and its own certificate before.
 */
export function contentMismatch(one: SignedCertificate, two: SignedCertificate): string | null {
  const [ours, theirs] = [one.certificate, two.certificate];
  if (ours.operations !== theirs.operations) {
    return `${ours.operations} operations up to epoch ${ours.epoch}, and ${theirs.operations}`;
  }
  const isSame =
    ours.threads.length === theirs.threads.length &&
    ours.threads.every((thread, i) => {
      const other = theirs.threads[i];
      return (
        other !== undefined &&
        thread.leafCount === other.leafCount &&
        equalBytes(thread.receiptsRoot, other.receiptsRoot)
      );
    });
  return isSame ? null : `other answers in epoch ${ours.epoch} and in the same epoch again`;
}
