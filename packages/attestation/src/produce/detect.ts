// SPDX-License-Identifier: Apache-2.0
/** Picks the producer that is there. */

import { isAttestationError } from "../error.ts";
import { type ConfigfsOptions, configfsProducer } from "./configfs-tsm.ts";
import { type GramineOptions, gramineProducer } from "./gramine.ts";
import { type QuoteProducer, simulationProducer } from "./producer.ts";

export interface DetectedProducer {
  readonly producer: QuoteProducer;
  /** One line for people: which one, and if it is the simulation, why no other. */
  readonly because: string;
}

export interface DetectOptions {
  /** SHA-256 of the monitor's WASM module, for the simulation. */
  readonly measurement: Uint8Array;
  readonly gramine?: GramineOptions;
  readonly configfs?: ConfigfsOptions;
}

/**
 * Tries Gramine, then configfs-tsm, and falls back to the simulation, which no client accepts
 * unless told to. A TEE that is there but does not work is an error and not a reason to simulate.
 */
export async function detectProducer(options: DetectOptions): Promise<DetectedProducer> {
  const missing: string[] = [];
  const candidates = [
    () => gramineProducer(options.gramine),
    () => configfsProducer(options.configfs),
  ];
  for (const candidate of candidates) {
    try {
      const producer = await candidate();
      return { producer, because: `found ${producer.tee} through ${producer.name}` };
    } catch (error) {
      if (!isAttestationError(error) || error.code !== "TEE_UNAVAILABLE") throw error;
      missing.push(error.message);
    }
  }
  const because = `SIMULATED TEE: no other is here (${missing.join("; ")})`;
  return { producer: simulationProducer({ measurement: options.measurement }), because };
}
