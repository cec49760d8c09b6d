// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import { decodeCheckpoint, type SignedCheckpoint } from "@zeta/protocol/checkpoint";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { decodeOr } from "./findings.ts";

/** An instance, and those that it says it continues. */
export interface InstanceClaim {
  readonly attestation: ServiceAttestation;
  /** Oldest first; empty when it began from nothing. */
  readonly lineage: ServiceLineage;
}

/** Where the history of an instance begins. */
export interface Beginning {
  /** What each of its statements must name: the hash of its last ancestor's checkpoint. */
  readonly origin: Uint8Array;
  /** Of its first certificate. */
  readonly epoch: number;
}

export const FROM_NOTHING: Beginning = { origin: NO_ORIGIN, epoch: 0 };

/** @throws StepFailure `lineage_invalid` for bytes that are no checkpoint. */
export function checkpointsOf(lineage: ServiceLineage): readonly SignedCheckpoint[] {
  return lineage.map(({ checkpoint }) =>
    decodeOr("lineage_invalid", "checkpoint", decodeCheckpoint, checkpoint),
  );
}

/**
 * Where an instance of this lineage must begin.
 *
 * @throws StepFailure `lineage_invalid` for bytes that are no checkpoint.
 */
export function beginningOf(lineage: ServiceLineage): Beginning {
  const last = checkpointsOf(lineage.slice(-1))[0];
  if (last === undefined) return FROM_NOTHING;
  return { origin: last.hash, epoch: last.checkpoint.epoch + 1 };
}
