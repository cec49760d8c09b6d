// SPDX-License-Identifier: Apache-2.0
import { publicKeyOf } from "@zeta/protocol/signature";
import { describe, expect, it } from "vitest";
import { HARDWARE_ONLY_POLICY } from "../src/policy.ts";
import { attestService } from "../src/produce/attest-service.ts";
import { detectProducer } from "../src/produce/detect.ts";
import { verifyServiceAttestation } from "../src/verify-service.ts";
import { codeOf } from "./support/codes.ts";
import { fakeConfigfs, fakeGramine, systemError } from "./support/fake-devices.ts";
import { world } from "./support/intel-world.ts";

const measurement = new Uint8Array(32).fill(4);
const none = {
  gramine: { files: fakeGramine({ type: systemError("ENOENT") }) },
  configfs: { files: fakeConfigfs({ mkdir: systemError("ENOENT") }) },
};
const facts = { publicKey: publicKeyOf(new Uint8Array(32).fill(5)), measurement, serviceId: "kv" };

describe("the producer that is there", () => {
  it("is Gramine, then configfs-tsm, then the simulation, and says which", async () => {
    const gramine = { files: fakeGramine() };
    const configfs = { files: fakeConfigfs() };
    const all = await detectProducer({ measurement, gramine, configfs });
    expect([all.producer.tee, all.because]).toEqual(["sgx", "found sgx through gramine"]);
    const tdx = await detectProducer({ measurement, ...none, configfs });
    expect([tdx.producer.tee, tdx.because]).toEqual(["tdx", "found tdx through configfs-tsm"]);
    const simulation = await detectProducer({ measurement, ...none });
    expect(simulation.producer.tee).toBe("simulation");
    expect(simulation.because).toMatch(/^SIMULATED TEE: no other is here/);
  });

  it("is an error when a TEE is there and broken", async () => {
    const configfs = { files: fakeConfigfs({ provider: "tdx_guest", generation: "x" }) };
    const { producer } = await detectProducer({ measurement, ...none, configfs });
    expect(await codeOf(() => attestService(producer, facts))).toBe("PRODUCER_FAILED");
  });
});

describe("a service's document", () => {
  const allow = { allowSimulation: true, measurements: [measurement] };

  it("holds with a simulated quote", async () => {
    const { producer } = await detectProducer({ measurement, ...none });
    const document = await attestService(producer, facts);
    expect((await verifyServiceAttestation(document, allow)).code).toBeNull();
  });

  it("holds with a hardware quote under a policy for hardware, and without one does not", async () => {
    const { producer } = await detectProducer({
      measurement,
      ...none,
      gramine: { files: fakeGramine() },
    });
    const document = await attestService(producer, facts);
    const hardware = { ...world(), policy: HARDWARE_ONLY_POLICY };
    const verdict = await verifyServiceAttestation(document, { ...allow, hardware });
    expect(verdict.code).toBeNull();
    expect(verdict.steps[0]?.detail).toBe("genuine sgx hardware, TCB UpToDate");
    expect((await verifyServiceAttestation(document, allow)).code).toBe("TEE_NOT_ALLOWED");
    const renamed = { ...document, tee: "tdx" } as const;
    expect((await verifyServiceAttestation(renamed, { ...allow, hardware })).code).toBe(
      "TEE_MISMATCH",
    );
    const closed = { ...hardware, policy: { ...HARDWARE_ONLY_POLICY, sgx: null } };
    const refused = await verifyServiceAttestation(document, { ...allow, hardware: closed });
    expect(refused.code).toBe("TEE_NOT_ALLOWED");
    const alone = { ...hardware, collateral: null };
    expect((await verifyServiceAttestation(document, { ...allow, hardware: alone })).code).toBe(
      "COLLATERAL_MISSING",
    );
  });
});
