// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { startService } from "@zeta/service/serve";
import { describe, expect, it } from "vitest";
import {
  fakeConfigfs,
  fakeGramine,
  systemError,
} from "../../../attestation/test/support/fake-devices.ts";
import { chooseTee } from "../../src/serve/choose-tee.ts";

const none = {
  gramine: { files: fakeGramine({ type: systemError("ENOENT") }) },
  configfs: { files: fakeConfigfs({ mkdir: systemError("ENOENT") }) },
};
const auto = { tee: "auto", allowAttacks: false } as const;
const quiet = { port: 0, epochMs: null, slots: 64, processMetrics: false } as const;

describe("--tee", () => {
  it("simulation looks for nothing", async () => {
    const devices = { gramine: { files: fakeGramine() } };
    const chosen = await chooseTee({ tee: "simulation", allowAttacks: false }, devices);
    expect(chosen).toEqual({ producer: "simulation", attest: null, remark: null });
  });

  it("auto without a TEE says that there is none and that the quote is SIMULATED", async () => {
    const { producer, attest, remark } = await chooseTee({ tee: "auto", allowAttacks: true }, none);
    expect([producer, attest]).toEqual(["simulation", null]);
    expect(remark).toMatch(/^--tee auto: no TEE was found, the quote is SIMULATED \(.*ENOENT/);
  });

  it.each([
    ["gramine", "sgx", { ...none, gramine: { files: fakeGramine() } }],
    ["configfs-tsm", "tdx", { ...none, configfs: { files: fakeConfigfs() } }],
  ])("auto takes %s, and the service serves its quote", async (name, tee, devices) => {
    const { producer, attest, remark } = await chooseTee(auto, devices);
    expect([producer, remark]).toEqual([name, `--tee auto: found ${tee} through ${name}`]);
    const service = await startService({ ...quiet, ...(attest !== null && { attest }) });
    try {
      const document = await (await fetch(`${service.url}/v1/attestation`)).json();
      expect(document).toMatchObject({ tee, serviceId: "kv" });
      await fetch(`${service.url}/v1/kv/alice`, { method: "PUT", body: "100" });
      expect(await service.engine.closeEpoch()).toBe(0);
    } finally {
      await service.close();
    }
  });

  it("auto refuses to lie on demand with a hardware quote", async () => {
    const devices = { ...none, gramine: { files: fakeGramine() } };
    await expect(chooseTee({ tee: "auto", allowAttacks: true }, devices)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("expected --tee simulation, got sgx"),
    });
    const attest = async (): Promise<ServiceAttestation> => expect.unreachable();
    await expect(startService({ ...quiet, allowAttacks: true, attest })).rejects.toMatchObject({
      code: "config_invalid",
    });
  });

  it("a TEE that is there and fails is no reason to simulate", async () => {
    const broken = { ...none, gramine: { files: fakeGramine({ quote: systemError("EIO") }) } };
    const { attest } = await chooseTee(auto, broken);
    if (attest === null) return expect.unreachable();
    await expect(startService({ ...quiet, attest })).rejects.toMatchObject({
      code: "PRODUCER_FAILED",
    });
  });
});
