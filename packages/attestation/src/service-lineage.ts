// SPDX-License-Identifier: Apache-2.0
/**
 * The lineage of an instance: which instances ran the service before it, from an empty store on, and where each handed over. Everything
 * in it comes from the service, which is not trusted: a client verifies every ancestor's quote, and that its checkpoint is the origin of
 * the next (docs/attestation.md).
 */

import { CHECKPOINT_BYTES_MAX } from "@zeta/protocol/checkpoint";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { refuse } from "./error.ts";
import {
  type ServiceAttestation,
  type ServiceAttestationJson,
  serviceAttestationFromJson,
  serviceAttestationToJson,
} from "./service-attestation.ts";

/** An instance that ran before, and the last statement it made about its data: the origin of the one that follows. */
export interface Ancestor {
  readonly attestation: ServiceAttestation;
  /** As signed: `decodeCheckpoint` of @zeta/protocol/checkpoint reads it. */
  readonly checkpoint: Uint8Array;
}

/** Oldest first; empty for an instance that began from nothing. */
export type ServiceLineage = readonly Ancestor[];

/** Longest lineage: a restart every week for nineteen years. */
export const LINEAGE_MAX = 1000;

export interface AncestorJson {
  readonly attestation: ServiceAttestationJson;
  /** Lower-case hex. */
  readonly checkpoint: string;
}

/** What `GET /v1/lineage` answers. Exactly these members. */
export interface ServiceLineageJson {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly ancestors: readonly AncestorJson[];
}

const FORMAT = "zeta.lineage";
const VERSION = 1;

/** The JSON form of a lineage. */
export function lineageToJson(lineage: ServiceLineage): ServiceLineageJson {
  return { format: FORMAT, version: VERSION, ancestors: ancestorsToJson(lineage) };
}

/** The ancestors alone, as they also stand in evidence. */
export function ancestorsToJson(lineage: ServiceLineage): readonly AncestorJson[] {
  return lineage.map(({ attestation, checkpoint }) => ({
    attestation: serviceAttestationToJson(attestation),
    checkpoint: toHex(checkpoint),
  }));
}

/**
 * Reads a parsed JSON value strictly: known members only, at most {@link LINEAGE_MAX} ancestors, lower-case hex. Proves nothing yet.
 *
 * @throws ZetaError `DOCUMENT_MALFORMED` or `QUOTE_TOO_LARGE`.
 * @example
 * const lineage = lineageFromJson(await (await fetch(`${url}/v1/lineage`)).json());
 */
export function lineageFromJson(json: unknown): ServiceLineage {
  const { format, version, ancestors } = membersOf(json, ["format", "version", "ancestors"]);
  if (format !== FORMAT) refuse("DOCUMENT_MALFORMED", `expected format ${FORMAT}, got another`);
  if (version !== VERSION) refuse("DOCUMENT_MALFORMED", `expected version ${VERSION}, got another`);
  return ancestorsFromJson(ancestors);
}

/**
 * The ancestors alone.
 *
 * @throws ZetaError `DOCUMENT_MALFORMED` or `QUOTE_TOO_LARGE`.
 */
export function ancestorsFromJson(json: unknown): ServiceLineage {
  if (!Array.isArray(json)) refuse("DOCUMENT_MALFORMED", "expected an array of ancestors");
  if (json.length > LINEAGE_MAX) {
    const got = json.length;
    refuse("DOCUMENT_MALFORMED", `expected at most ${LINEAGE_MAX} ancestors, got ${got}`);
  }
  return json.map((one: unknown) => {
    const { attestation, checkpoint } = membersOf(one, ["attestation", "checkpoint"]);
    return {
      attestation: serviceAttestationFromJson(attestation),
      checkpoint: checkpointOf(checkpoint),
    };
  });
}

function membersOf<Name extends string>(
  json: unknown,
  names: readonly Name[],
): Readonly<Record<Name, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    refuse("DOCUMENT_MALFORMED", "expected a JSON object, got another JSON value");
  }
  const given = Object.keys(json).sort().join();
  const expected = [...names].sort().join();
  if (given !== expected) {
    refuse("DOCUMENT_MALFORMED", `expected the members ${expected}, got ${given.slice(0, 80)}`);
  }
  return json as Readonly<Record<Name, unknown>>;
}

function checkpointOf(hex: unknown): Uint8Array {
  const isHex = typeof hex === "string" && hex.length <= 2 * CHECKPOINT_BYTES_MAX;
  if (!isHex || !/^([0-9a-f]{2})+$/.test(hex)) {
    const most = `at most ${CHECKPOINT_BYTES_MAX} bytes`;
    refuse("DOCUMENT_MALFORMED", `expected lower-case hex of ${most} as checkpoint`);
  }
  return fromHex(hex);
}
