// SPDX-License-Identifier: Apache-2.0
import { instanceIdOf } from "@zeta/protocol/instance";
import { publicKeyOf } from "@zeta/protocol/signature";
import { describe, expect, it } from "vitest";
import { QUOTE_BYTES_MAX } from "../src/limits.ts";
import { reportDataV2 } from "../src/report-data.ts";
import {
  type ServiceAttestation,
  serviceAttestationFromJson,
  serviceAttestationToJson,
} from "../src/service-attestation.ts";
import { produceSimulationQuote } from "../src/simulation.ts";
import { verifyServiceAttestation } from "../src/verify-service.ts";
import { codeOf } from "./support/codes.ts";
import { flipped, seededRandom } from "./support/random.ts";

const random = seededRandom(2);
const publicKey = publicKeyOf(random.bytes(32));
const instanceId = instanceIdOf(publicKey);
const measurement = random.bytes(32);
const reportData = reportDataV2({ publicKey, instanceId, measurement, purpose: "service" });
const honest: ServiceAttestation = {
  tee: "simulation",
  quote: produceSimulationQuote({ measurement, reportData, random: random.bytes }),
  publicKey,
  instanceId,
  measurement,
  serviceId: "kv",
  profile: "bytes",
};
const policy = { allowSimulation: true, measurements: [measurement] };

/** The same service with a quote over other facts than the document states. */
function quoting(facts: { measurement?: Uint8Array; reportData?: Uint8Array }): ServiceAttestation {
  const quote = produceSimulationQuote({ measurement, reportData, ...facts, random: random.bytes });
  return { ...honest, quote };
}

describe("the verdict on a service's attestation", () => {
  it("accepts an honest simulated service when simulation is allowed", async () => {
    const verdict = await verifyServiceAttestation(honest, policy);
    expect(verdict.code).toBeNull();
    expect(verdict.ok).toBe(true);
    expect(verdict.steps.map((step) => [step.name, step.ok])).toEqual([
      ["quote", true],
      ["report-data", true],
      ["instance", true],
      ["measurement", true],
    ]);
    expect(verdict.steps[0]?.detail).toContain("SIMULATED TEE");
  });

  const otherKey = publicKeyOf(random.bytes(32));
  const otherInstance = random.bytes(32);
  const foreign = reportDataV2({
    publicKey,
    instanceId: otherInstance,
    measurement,
    purpose: "service",
  });
  const refusals: [string, ServiceAttestation, typeof policy, string][] = [
    [
      "simulation not allowed",
      honest,
      { ...policy, allowSimulation: false },
      "SIMULATION_NOT_ALLOWED",
    ],
    [
      "broken quote",
      { ...honest, quote: flipped(honest.quote, 60) },
      policy,
      "QUOTE_SIGNATURE_INVALID",
    ],
    ["another TEE claimed", { ...honest, tee: "sgx" }, policy, "TEE_NOT_ALLOWED"],
    [
      "another module measured",
      quoting({ measurement: random.bytes(32) }),
      policy,
      "MEASUREMENT_MISMATCH",
    ],
    ["another key served", { ...honest, publicKey: otherKey }, policy, "REPORT_DATA_MISMATCH"],
    [
      "padding not zero",
      quoting({ reportData: flipped(reportData, 40) }),
      policy,
      "REPORT_DATA_MISMATCH",
    ],
    [
      "version byte",
      quoting({ reportData: flipped(reportData, 63) }),
      policy,
      "REPORT_DATA_MISMATCH",
    ],
    [
      "a quote for a gateway",
      quoting({
        reportData: reportDataV2({ publicKey, instanceId, measurement, purpose: "gateway" }),
      }),
      policy,
      "REPORT_DATA_MISMATCH",
    ],
    [
      "instance not of the key",
      { ...quoting({ reportData: foreign }), instanceId: otherInstance },
      policy,
      "INSTANCE_MISMATCH",
    ],
    ["unknown module", honest, { ...policy, measurements: [] }, "MEASUREMENT_NOT_ALLOWED"],
  ];
  it.each(refusals)("refuses: %s", async (_name, document, given, code) => {
    const verdict = await verifyServiceAttestation(document, given);
    expect(verdict.code).toBe(code);
    expect(verdict.ok).toBe(false);
    expect(verdict.steps.at(-1)?.ok).toBe(false);
  });
});

describe("the JSON of a service's attestation", () => {
  const json = serviceAttestationToJson(honest);

  it("survives a round trip", () => {
    expect(serviceAttestationFromJson(JSON.parse(JSON.stringify(json)))).toEqual(honest);
  });

  it("carries a host's certificates, and only if there are any", () => {
    const document = { ...honest, certificates: Uint8Array.of(1, 2, 255) };
    const text = JSON.stringify(serviceAttestationToJson(document));
    expect(JSON.parse(text).certificates).toBe("0102ff");
    expect(serviceAttestationFromJson(JSON.parse(text))).toEqual(document);
    expect("certificates" in json).toBe(false);
  });

  const malformed: [string, unknown][] = [
    ["null", null],
    ["array", [json]],
    ["text", "attestation"],
    ["missing member", { ...json, quote: undefined }],
    ["one member too many", { ...json, extra: 1 }],
    ["upper-case hex", { ...json, publicKey: json.publicKey.toUpperCase().replaceAll("0", "A") }],
    ["short key", { ...json, publicKey: json.publicKey.slice(2) }],
    ["odd hex", { ...json, quote: `${json.quote}0` }],
    ["empty quote", { ...json, quote: "" }],
    ["other profile", { ...json, profile: "kv64" }],
    ["other format", { ...json, format: "zeta.attestation.v2" }],
    ["unknown tee", { ...json, tee: "nitro" }],
    ["empty service id", { ...json, serviceId: "" }],
    ["control characters", { ...json, serviceId: "k\nv" }],
    ["long service id", { ...json, serviceId: "k".repeat(65) }],
    ["number for hex", { ...json, measurement: 7 }],
    ["empty certificates", { ...json, certificates: "" }],
    ["null for certificates", { ...json, certificates: null }],
  ];
  it.each(malformed)("refuses: %s", async (_name, value) => {
    expect(await codeOf(() => serviceAttestationFromJson(value))).toBe("DOCUMENT_MALFORMED");
  });

  it("caps the quote before it decodes it", async () => {
    const quote = "0".repeat(2 * QUOTE_BYTES_MAX + 2);
    for (const large of [{ quote }, { certificates: quote }]) {
      expect(await codeOf(() => serviceAttestationFromJson({ ...json, ...large }))).toBe(
        "QUOTE_TOO_LARGE",
      );
    }
  });
});
