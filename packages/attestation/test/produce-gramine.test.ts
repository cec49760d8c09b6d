// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { parseQuote } from "../src/dcap/quote.ts";
import { gramineProducer } from "../src/produce/gramine.ts";
import { codeOf } from "./support/codes.ts";
import {
  fakeGramine,
  type GramineFaults,
  sgxQuote,
  systemError,
  tdxQuote,
} from "./support/fake-devices.ts";

const reportData = new Uint8Array(64).fill(7);

async function produced(faults: GramineFaults): Promise<string> {
  return codeOf(async () =>
    (await gramineProducer({ files: fakeGramine(faults) })).produce(reportData),
  );
}

describe("Gramine", () => {
  it("quotes what it is asked, in one write of 64 bytes", async () => {
    const files = fakeGramine();
    const producer = await gramineProducer({ files });
    const { tee, quote } = await producer.produce(reportData);
    expect(tee).toBe("sgx");
    expect(toHex(parseQuote(quote).report.reportData)).toBe(toHex(reportData));
    expect(files.writes).toEqual([64]);
  });

  it("takes turns: requests at once each get their own quote", async () => {
    const producer = await gramineProducer({ files: fakeGramine(), directory: "/turns" });
    const wanted = Array.from({ length: 5 }, (_, index) => new Uint8Array(64).fill(index + 1));
    const answers = await Promise.all(wanted.map((data) => producer.produce(data)));
    const bound = answers.map(({ quote }) => toHex(parseQuote(quote).report.reportData));
    expect(bound).toEqual(wanted.map(toHex));
  });

  it("goes on after a failure", async () => {
    let fail = true;
    const quote = (data: Uint8Array): Uint8Array => {
      if (!fail) return sgxQuote(data);
      fail = false;
      throw systemError("EACCES");
    };
    const producer = await gramineProducer({ files: fakeGramine({ quote }) });
    const both = await Promise.allSettled([
      producer.produce(reportData),
      producer.produce(reportData),
    ]);
    expect(both.map((one) => one.status)).toEqual(["rejected", "fulfilled"]);
  });

  it("cuts padding off", async () => {
    const quote = (data: Uint8Array): Uint8Array => Uint8Array.from([...sgxQuote(data), 0, 0, 0]);
    const producer = await gramineProducer({ files: fakeGramine({ quote }) });
    expect((await producer.produce(reportData)).quote.length).toBe(sgxQuote(reportData).length);
  });

  const faults: [string, GramineFaults, string][] = [
    ["attestation off", { type: "none" }, "TEE_UNAVAILABLE"],
    ["EPID", { type: "epid" }, "TEE_UNAVAILABLE"],
    ["no such file", { type: systemError("ENOENT") }, "TEE_UNAVAILABLE"],
    ["no access to it", { type: systemError("EACCES") }, "TEE_UNAVAILABLE"],
    ["a write that fails", { write: systemError("EACCES") }, "PRODUCER_FAILED"],
    [
      "a partial write",
      { write: new Error("expected one write of 64 bytes, got 32") },
      "PRODUCER_FAILED",
    ],
    ["the quoting service down", { quote: systemError("EACCES") }, "PRODUCER_FAILED"],
    ["no memory", { quote: systemError("ENOMEM") }, "PRODUCER_FAILED"],
    ["no quote file", { quote: systemError("ENOENT") }, "PRODUCER_FAILED"],
    ["a write that is forgotten", { ignoreWrites: true }, "PRODUCER_FAILED"],
    [
      "somebody else's quote",
      { quote: () => sgxQuote(new Uint8Array(64).fill(8)) },
      "PRODUCER_FAILED",
    ],
    [
      "padding that differs",
      { quote: (data) => sgxQuote(data.map((b, i) => (i === 63 ? 0 : b))) },
      "PRODUCER_FAILED",
    ],
    ["an empty answer", { quote: () => new Uint8Array(0) }, "PRODUCER_FAILED"],
    ["zeros", { quote: () => new Uint8Array(4600) }, "PRODUCER_FAILED"],
    ["half a quote", { quote: (data) => sgxQuote(data).subarray(0, 900) }, "PRODUCER_FAILED"],
    ["a quote of another TEE", { quote: tdxQuote }, "PRODUCER_FAILED"],
  ];
  it.each(faults)("refuses %s", async (_name, fault, code) => {
    expect(await produced(fault)).toBe(code);
  });

  it("asserts 64 bytes of report data", async () => {
    const producer = await gramineProducer({ files: fakeGramine() });
    await expect(producer.produce(new Uint8Array(63))).rejects.toThrow("64 bytes");
  });
});
