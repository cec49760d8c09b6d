// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { instanceIdOf } from "@zeta/protocol/instance";
import { publicKeyOf } from "@zeta/protocol/signature";
import { describe, expect, it } from "vitest";
import {
  bindsGateway,
  ethereumAddressOf,
  gatewayReportData,
  namesKey,
  reportDataV0,
  reportDataV1,
  reportDataV2,
} from "../src/report-data.ts";

const binding = {
  publicKey: new Uint8Array(33).fill(2),
  instanceId: new Uint8Array(32).fill(3),
  measurement: new Uint8Array(32).fill(4),
  purpose: "service",
} as const;

describe("report data version 2", () => {
  it("is SHA-256 over the framed binding, 31 zeros and 02", () => {
    const ascii = (text: string) => Buffer.from(text, "ascii").toString("hex");
    const content = fromHex(
      `13${ascii("zeta.report-data.v2")}${"02".repeat(33)}${"03".repeat(32)}${"04".repeat(32)}07${ascii("service")}`,
    );
    expect(toHex(reportDataV2(binding))).toBe(`${toHex(sha256(content))}${"00".repeat(31)}02`);
  });

  it("changes with each part of the binding", () => {
    const variants = [
      binding,
      { ...binding, publicKey: new Uint8Array(33).fill(3) },
      { ...binding, instanceId: new Uint8Array(32).fill(9) },
      { ...binding, measurement: new Uint8Array(32).fill(9) },
      { ...binding, purpose: "gateway" } as const,
    ].map((variant) => toHex(reportDataV2(variant)));
    expect(new Set(variants).size).toBe(variants.length);
  });

  it("asserts the lengths of its parts", () => {
    expect(() => reportDataV2({ ...binding, publicKey: new Uint8Array(32) })).toThrow("33 bytes");
    expect(() => reportDataV2({ ...binding, instanceId: new Uint8Array(31) })).toThrow("32 bytes");
  });
});

describe("report data of launchers in the field", () => {
  // The public test key of Ethereum tooling; its address stands in a real SGX quote
  // (fixtures/sgx-v3/teepot-ethaddr-nocollateral).
  const secretKey = fromHex("c87509a1c067bbde78beb793e6fa76530b6382a4c0241e5e4a9ec0a0f44dc0d3");

  it("version 1 is the Ethereum address, zeros and 01", () => {
    const address = ethereumAddressOf(publicKeyOf(secretKey));
    expect(toHex(reportDataV1(address))).toBe(
      `627306090abab3a6e1400e9345bc60c78a8bef57${"00".repeat(43)}01`,
    );
  });

  it("version 0 is the compressed key and zeros", () => {
    const publicKey = publicKeyOf(secretKey);
    expect(toHex(reportDataV0(publicKey))).toBe(`${toHex(publicKey)}${"00".repeat(31)}`);
  });
});

describe("what binds a gateway's key", () => {
  const publicKey = publicKeyOf(new Uint8Array(32).fill(7));
  const instanceId = instanceIdOf(publicKey);
  const zeros = new Uint8Array(32);

  it("is version 2 for purpose gateway, with 32 zeros for the monitor", () => {
    const spelled = reportDataV2({
      publicKey,
      instanceId,
      measurement: zeros,
      purpose: "gateway",
    });
    expect(toHex(gatewayReportData(publicKey))).toBe(toHex(spelled));
  });

  it("is compared over all 64 bytes, by both layouts", () => {
    const named = reportDataV1(ethereumAddressOf(publicKey));
    expect(bindsGateway(gatewayReportData(publicKey), publicKey)).toBe(true);
    expect(namesKey(named, publicKey)).toBe(true);
    expect(namesKey(reportDataV0(publicKey), publicKey)).toBe(true);
    for (let offset = 0; offset < 64; offset++) {
      const changed = (bytes: Uint8Array) => bytes.with(offset, (bytes[offset] ?? 0) ^ 1);
      expect(bindsGateway(changed(gatewayReportData(publicKey)), publicKey)).toBe(false);
      expect(namesKey(changed(named), publicKey)).toBe(false);
      expect(namesKey(changed(reportDataV0(publicKey)), publicKey)).toBe(false);
    }
  });

  it("is neither a service's binding nor one without a purpose", () => {
    const service = reportDataV2({
      publicKey,
      instanceId,
      measurement: zeros,
      purpose: "service",
    });
    expect(bindsGateway(service, publicKey)).toBe(false);
    expect(bindsGateway(reportDataV1(ethereumAddressOf(publicKey)), publicKey)).toBe(false);
    expect(namesKey(gatewayReportData(publicKey), publicKey)).toBe(false);
  });

  it("is nothing for bytes that are no key", () => {
    const nobody = new Uint8Array(33).fill(0xff);
    expect(bindsGateway(gatewayReportData(nobody), nobody)).toBe(false);
    expect(namesKey(reportDataV0(nobody), nobody)).toBe(false);
  });
});
