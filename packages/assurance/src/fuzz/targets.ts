// SPDX-License-Identifier: Apache-2.0
import { makeSamples } from "./samples.ts";
import type { ByteTarget, JsonTarget } from "./target.ts";
import { attestationByteTargets, attestationJsonTargets } from "./targets/attestation-targets.ts";
import { clientTargets } from "./targets/client-targets.ts";
import { monitorTargets } from "./targets/monitor-targets.ts";
import { protocolTargets } from "./targets/protocol-targets.ts";
import { proverTargets } from "./targets/prover-targets.ts";
import { serviceByteTargets, serviceJsonTargets } from "./targets/service-targets.ts";

export interface Targets {
  readonly byteTargets: readonly ByteTarget[];
  readonly jsonTargets: readonly JsonTarget[];
}

/** Every decoder that meets foreign input, with genuine input made from the seed. */
export async function allTargets(seed: number): Promise<Targets> {
  const samples = makeSamples(seed);
  return {
    byteTargets: [
      ...protocolTargets(samples),
      ...(await monitorTargets()),
      ...(await serviceByteTargets(samples)),
      ...attestationByteTargets(samples),
    ],
    jsonTargets: [
      ...clientTargets(samples),
      ...(await serviceJsonTargets(samples)),
      ...proverTargets(samples),
      ...attestationJsonTargets(),
    ],
  };
}
