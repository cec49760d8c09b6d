// SPDX-License-Identifier: Apache-2.0
import { attestService } from "@zeta/attestation/produce/attest-service";
import { type DetectOptions, detectProducer } from "@zeta/attestation/produce/detect";
import { fromHex } from "@zeta/protocol/hex";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import type { Attest } from "@zeta/service/attest-enclave";
import { oneLine, usageError } from "../exit.ts";
import type { ServeConfig } from "./serve-config.ts";

/** What vouches for the service's key. */
export interface ChosenTee {
  /** `simulation`, `gramine`, `configfs-tsm`. */
  readonly producer: string;
  /** Null: the service simulates. */
  readonly attest: Attest | null;
  /** What a person who left the choice to us must know; null when nothing was left to us. */
  readonly remark: string | null;
}

/** The places where TEEs show themselves; a test brings its own. */
export type Devices = Pick<DetectOptions, "gramine" | "configfs">;

const SIMULATION: ChosenTee = { producer: "simulation", attest: null, remark: null };

/**
 * Resolves `--tee`. A TEE that is there but broken is no reason to simulate.
 *
 * @throws ZetaError `usage` for a TEE in a service that lies on demand, or what the TEE's producer throws.
 */
export async function chooseTee(
  { tee, allowAttacks }: Pick<ServeConfig, "tee" | "allowAttacks">,
  devices: Devices = {},
): Promise<ChosenTee> {
  if (tee === "simulation") return SIMULATION;
  const measurement = fromHex(MONITOR_MEASUREMENTS.bytes);
  const { producer, because } = await detectProducer({ measurement, ...devices });
  if (producer.tee === "simulation") {
    const remark = `--tee auto: no TEE was found, the quote is SIMULATED (${because})`;
    return { ...SIMULATION, remark: oneLine(remark) };
  }
  if (allowAttacks) {
    throw usageError(
      `--allow-attacks: expected --tee simulation, got ${producer.tee}: no hardware quote for a service that lies on demand`,
    );
  }
  return {
    producer: producer.name,
    attest: (facts) => attestService(producer, facts),
    remark: `--tee auto: ${because}`,
  };
}
