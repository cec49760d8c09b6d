// SPDX-License-Identifier: Apache-2.0
import { instanceIdOf } from "@zeta/protocol/instance";
import { reportDataV2 } from "../report-data.ts";
import type { ServiceAttestation } from "../service-attestation.ts";
import type { QuoteProducer } from "./producer.ts";

export interface ServiceFacts {
  /** The instance's signing key, compressed secp256k1, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the monitor's WASM module, 32 bytes. */
  readonly measurement: Uint8Array;
  readonly serviceId: string;
}

/** Has a service's key quoted and makes the document a service serves about itself. */
export async function attestService(
  producer: QuoteProducer,
  facts: ServiceFacts,
): Promise<ServiceAttestation> {
  const { publicKey, measurement, serviceId } = facts;
  const instanceId = instanceIdOf(publicKey);
  const binding = { publicKey, instanceId, measurement, purpose: "service" } as const;
  const { tee, quote, certificates } = await producer.produce(reportDataV2(binding));
  return {
    tee,
    quote,
    publicKey,
    instanceId,
    measurement,
    serviceId,
    profile: "bytes",
    // A client that cannot ask AMD, or whose provider's key AMD hands to nobody, needs them.
    ...(certificates === null ? {} : { certificates }),
  };
}
