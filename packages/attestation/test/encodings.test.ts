// SPDX-License-Identifier: Apache-2.0
/** DER, PEM and certificates: one encoding per value, and nothing else. */

import { fromHex, toHex } from "@zeta/protocol/hex";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRevocationList } from "../src/pki/crl.ts";
import { DerReader, oidText, readWhole, TAG } from "../src/pki/der.ts";
import { base64Bytes, pemBlocks } from "../src/pki/pem.ts";
import { parseCertificate } from "../src/pki/x509.ts";
import { codeOf } from "./support/codes.ts";
import { der, integer, oid, unsigned, utcTime } from "./support/der-writer.ts";
import { readFixture, snpSample } from "./support/samples.ts";

const reader = (hex: string): DerReader => new DerReader(fromHex(hex));

describe("DER", () => {
  it("reads what the writer writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const read = new DerReader(unsigned(bytes)).unsignedBytes();
        expect(BigInt(`0x${toHex(read)}`)).toBe(BigInt(`0x${toHex(bytes)}`));
        expect(toHex(readWhole(der(0x04, bytes), TAG.octetString, "it").content)).toBe(
          toHex(bytes),
        );
      }),
      { seed: 20, numRuns: 200 },
    );
    expect(new DerReader(integer(0)).smallInteger()).toBe(0);
    expect(new DerReader(integer(0x7fff_ffff)).smallInteger()).toBe(0x7fff_ffff);
    for (const text of [
      "1.2.840.113741.1.13.1",
      "2.5.29.19",
      "1.3.6.1.4.1.3704.1.3.8",
      "2.999.1",
    ]) {
      expect(new DerReader(oid(text)).oid()).toBe(text);
    }
  });

  const malformed: [string, (given: DerReader) => unknown, string][] = [
    ["nothing", (given) => given.any(), ""],
    ["a tag alone", (given) => given.any(), "30"],
    ["a long tag", (given) => given.any(), "1f0100"],
    ["a length beyond the end", (given) => given.any(), "300201"],
    ["an indefinite length", (given) => given.any(), "30800000"],
    ["a length in too many bytes", (given) => given.any(), "30810101"],
    ["a length with a leading zero", (given) => given.any(), `30820080${"00".repeat(128)}`],
    ["a length of five bytes", (given) => given.any(), "30850000000001"],
    ["another tag", (given) => given.enter(), "310100"],
    ["a negative integer", (given) => given.unsignedBytes(), "020180"],
    ["an integer with leading zeros", (given) => given.unsignedBytes(), "02020001"],
    ["an integer of no bytes", (given) => given.unsignedBytes(), "0200"],
    ["an integer that is too large", (given) => given.smallInteger(), "02050080000000"],
    ["a boolean of 1", (given) => given.boolean(), "010101"],
    ["a partial bit string", (given) => given.bitString(), "03020480"],
    ["an empty bit string", (given) => given.bitString(), "0300"],
    ["an identifier of no bytes", (given) => given.oid(), "0600"],
    ["an identifier that does not end", (given) => given.oid(), "06022a80"],
    ["an identifier with leading zeros", (given) => given.oid(), "06032a8001"],
    ["a date without Z", (given) => given.time(), "170c323630313135303030303030"],
    [
      "31 February",
      (given) => given.time(),
      toHex(der(0x17, new TextEncoder().encode("260231000000Z"))),
    ],
    [
      "hour 24",
      (given) => given.time(),
      toHex(der(0x17, new TextEncoder().encode("260115240000Z"))),
    ],
    [
      "a date of another type",
      (given) => given.time(),
      toHex(der(0x0c, new TextEncoder().encode("260115000000Z"))),
    ],
  ];
  it.each(malformed)("refuses %s", async (_name, read, hex) => {
    expect(await codeOf(() => read(reader(hex)))).toBe("DER_MALFORMED");
  });

  it("reads dates of both kinds", () => {
    const at = Date.UTC(2026, 0, 15, 12, 30, 59);
    expect(new DerReader(utcTime(at)).time()).toBe(at);
    expect(new DerReader(der(0x18, new TextEncoder().encode("20500101000000Z"))).time()).toBe(
      Date.UTC(2050, 0, 1),
    );
    expect(new DerReader(der(0x17, new TextEncoder().encode("500101000000Z"))).time()).toBe(
      Date.UTC(1950, 0, 1),
    );
    expect(oidText(fromHex("2a"))).toBe("1.2");
  });
});

describe("PEM", () => {
  const request = { label: "CERTIFICATE", max: 2, code: "CERTIFICATE_MALFORMED" } as const;
  const block = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

  it("reads blocks with either line end", () => {
    expect(pemBlocks(block + block, request).map(toHex)).toEqual(["010203", "010203"]);
    expect(pemBlocks(block.replaceAll("\n", "\r\n"), request).map(toHex)).toEqual(["010203"]);
  });

  const malformed: [string, string][] = [
    ["nothing", ""],
    ["another label", block.replaceAll("CERTIFICATE", "PRIVATE KEY")],
    ["text between", `${block}hello\n${block}`],
    ["a space before", ` ${block}`],
    ["no end", block.slice(0, -27)],
    ["one block too many", block + block + block],
    ["no content", block.replace("AQID\n", "")],
    ["a header", block.replace("AQID", "Proc-Type: 4\n\nAQID")],
    ["too much", `${"\n".repeat(70_000)}${block}`],
  ];
  it.each(malformed)("refuses %s", async (_name, text) => {
    expect(await codeOf(() => pemBlocks(text, request))).toBe("CERTIFICATE_MALFORMED");
  });

  it("reads base64 in its one form", async () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(toHex(base64Bytes(text, "CERTIFICATE_MALFORMED"))).toBe(toHex(bytes));
      }),
      { seed: 21, numRuns: 200 },
    );
    for (const text of [
      "",
      "A",
      "AQ=",
      "AQI",
      "AR==",
      "AQJ=",
      "AQ==AQ==",
      "A-_D",
      "AQ ID",
      "====",
      "A===",
    ]) {
      const code = await codeOf(() => base64Bytes(text, "CERTIFICATE_MALFORMED"));
      expect(code, text).toBe("CERTIFICATE_MALFORMED");
    }
  });
});

describe("parsers on random bytes", () => {
  it("answer with codes and never crash", async () => {
    const root = readFixture("certs/intel-sgx-root-ca.der");
    expect(parseCertificate(root).commonName).toBe("Intel SGX Root CA");
    const { vek } = snpSample("sev-snp/microsoft-genoa").collateral;
    const change = fc.tuple(fc.nat(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(root, vek),
        fc.array(change, { maxLength: 4 }),
        async (bytes, changes) => {
          const copy = bytes.slice();
          for (const [at, value] of changes) copy[at % copy.length] = value;
          const code = await codeOf(() => parseCertificate(copy));
          expect(code).toMatch(/^(accepted|CERTIFICATE_MALFORMED)$/);
          expect(await codeOf(() => parseRevocationList(copy))).toBe("CRL_MALFORMED");
        },
      ),
      { seed: 22, numRuns: 500 },
    );
  });

  it("are capped", async () => {
    expect(await codeOf(() => parseCertificate(new Uint8Array(20_000)))).toBe(
      "CERTIFICATE_MALFORMED",
    );
    expect(await codeOf(() => parseRevocationList(new Uint8Array(2 << 20)))).toBe("CRL_MALFORMED");
  });
});
