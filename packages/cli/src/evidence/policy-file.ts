// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import type { Trust } from "@zeta/client/trust";
import { isZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import { usageError } from "../exit.ts";

/** What a skeptic is willing to believe: the JSON of `--policy FILE`. */
export interface Policy {
  /** Accept simulated quotes, which anybody can make. */
  readonly allowSimulation: boolean;
  /** Monitor modules that are acceptable: SHA-256, lower-case hex. */
  readonly measurements: readonly string[];
}

/** Without a policy file: the monitor this release was built with, on any machine. Reports say that simulation was accepted. */
export const DEFAULT_POLICY: Policy = Object.freeze({
  allowSimulation: true,
  measurements: Object.freeze([MONITOR_MEASUREMENTS.bytes]),
});

/** A policy is a page of text. */
const POLICY_BYTES_MAX = 65_536;
const MEASUREMENTS_MAX = 256;

/**
 * Reads `{"allowSimulation": bool, "measurements": ["hex", ...]}`, exactly these members.
 *
 * @throws ZetaError `usage`: a policy that is not understood must not pass for a lenient one.
 */
export function readPolicy(path: string): Policy {
  const refuse = (problem: string, cause?: unknown): never => {
    throw usageError(`--policy ${path}: ${problem}`, cause);
  };
  let json: unknown;
  try {
    const { size } = statSync(path);
    if (size > POLICY_BYTES_MAX) refuse(`expected at most ${POLICY_BYTES_MAX} bytes, got ${size}`);
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (isZetaError(error)) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? "other text";
    refuse(`expected a readable JSON file, got ${reason}`, error);
  }
  const members = typeof json === "object" && json !== null ? Object.keys(json).sort().join() : "";
  if (members !== "allowSimulation,measurements") {
    refuse(`expected the members allowSimulation and measurements, got ${members || "none"}`);
  }
  const { allowSimulation, measurements } = json as Record<string, unknown>;
  if (typeof allowSimulation !== "boolean") {
    return refuse(`expected true or false as allowSimulation`);
  }
  if (!Array.isArray(measurements) || measurements.length > MEASUREMENTS_MAX) {
    return refuse(`expected a list of at most ${MEASUREMENTS_MAX} measurements`);
  }
  for (const measurement of measurements) {
    if (!isMeasurement(measurement)) {
      refuse(`expected 64 lower-case hex digits, got ${JSON.stringify(measurement)?.slice(0, 80)}`);
    }
  }
  return { allowSimulation, measurements };
}

function isMeasurement(value: unknown): value is string {
  if (typeof value !== "string") return false;
  try {
    return fromHex(value, DIGEST_BYTES).length === DIGEST_BYTES;
  } catch {
    return false;
  }
}

/** The policy as the SDK takes it. The release's own measurement is not named, so that reports can say whose choice it was. */
export function trustOf(policy: Policy): Trust {
  const simulation = policy.allowSimulation;
  return policy === DEFAULT_POLICY
    ? { simulation }
    : { simulation, measurements: policy.measurements };
}
