// SPDX-License-Identifier: Apache-2.0
/** One plain sentence for each reason to refuse. */
import type { RefusalCode } from "@zeta/client/refusal";

const REFUSALS: Readonly<Record<RefusalCode, string>> = {
  attestation_rejected:
    "The quote, or the monitor that it vouches for, is not one that this page accepts.",
  lineage_invalid:
    "It says that it continues other instances, and they do not lead from an empty store to it.",
  certificate_invalid:
    "A certificate is not signed by the attested key, or it speaks of another service.",
  chain_broken:
    "A certificate does not continue the one before it: history was cut or written anew.",
  fork: "Two different certificates of one epoch exist: others are shown another history.",
  instance_changed:
    "Another enclave answers in place of the one this page knows, and it does not continue its history.",
  answer_lost:
    "The service was restarted before this provisional answer was proven. That proves nothing, neither good nor bad.",
  receipt_mismatch:
    "The receipt belongs to another question: an old answer was given a second time.",
  answer_mismatch: "What this page was told is not what the monitor computed.",
  order_violated: "The monitor ran the calls of this page in another order than it made them.",
  receipt_missing:
    "The epoch is certified and holds no receipt for this call: it was acknowledged and never executed.",
  violation: "The monitor refused the log of this service and signed that it did.",
  certification_timeout: "No certificate came in time. That proves nothing, neither good nor bad.",
  service_error: "The service answered with a problem instead of an answer. That proves nothing.",
  network_error: "No answer came. That proves nothing.",
};

/** The monitor's checks that are met in practice when values are changed behind its back. */
const CHECKS: ReadonlyMap<string, string> = new Map([
  [
    "A.hash",
    "When the epoch was closed, what had been taken out of storage was not what had been put in: a value was changed in between.",
  ],
  [
    "A.count",
    "When the epoch was closed, more or fewer records had been taken out of storage than put in.",
  ],
  [
    "M.hash",
    "A record came back from the Merkle tree with another value than the one whose hash stands there.",
  ],
]);

/** The others by the letter they begin with (docs/protocol.md). */
const FAMILIES: ReadonlyMap<string, string> = new Map([
  ["A", "The sums over everything put into storage and taken out again do not agree."],
  ["B", "A record was brought in from deferred memory against the rules."],
  ["C", "A clock would have run over."],
  ["D", "The log is not in the one form that it must have."],
  ["E", "A record was put back into the Merkle tree against the rules."],
  ["F", "The monitor thread had refused this log before."],
  ["H", "A counter of elements would have run over."],
  ["K", "A key is not written in its one form."],
  ["L", "The log goes beyond the monitor's limits."],
  ["M", "A record was brought in from the Merkle tree against the rules."],
  ["P", "An epoch was closed before its time."],
  ["R", "A call was written down otherwise than it can have run."],
  ["T", "An epoch was touched that is not open."],
  ["V", "A record was handed to deferred memory against the rules."],
  ["W", "A record was moved from the Merkle tree to deferred memory against the rules."],
]);

/**
 * Why something was refused, in one sentence.
 *
 * @param code of the refusal.
 * @param check the monitor's, with `violation`; null if there is none.
 */
export function explain(code: RefusalCode, check: string | null): string {
  if (code !== "violation" || check === null) return REFUSALS[code];
  const family = /^([A-Z])\./.exec(check)?.[1] ?? "";
  return CHECKS.get(check) ?? FAMILIES.get(family) ?? REFUSALS.violation;
}
