// SPDX-License-Identifier: Apache-2.0
import type { ServiceFacts } from "@zeta/attestation/produce/attest-service";
import { reportDataV2 } from "@zeta/attestation/report-data";
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { produceSimulationQuote } from "@zeta/attestation/simulation";
import type { Enclave } from "@zeta/monitor/enclave";

/** Has an enclave's key quoted, by hardware as a rule. May take seconds. */
export type Attest = (facts: ServiceFacts) => Promise<ServiceAttestation>;

/** The document that binds an enclave's key to its code, with a simulated quote: it has the shape of hardware attestation, not the strength. */
export function attestEnclave(
  enclave: Pick<Enclave, "publicKey" | "instanceId" | "measurement">,
  serviceId: string,
): ServiceAttestation {
  const { publicKey, instanceId, measurement } = enclave;
  const reportData = reportDataV2({ publicKey, instanceId, measurement, purpose: "service" });
  const quote = produceSimulationQuote({ measurement, reportData });
  return {
    tee: "simulation",
    quote,
    publicKey,
    instanceId,
    measurement,
    serviceId,
    profile: "bytes",
  };
}
