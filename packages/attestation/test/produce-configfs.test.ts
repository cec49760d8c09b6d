// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { parseQuote } from "../src/dcap/quote.ts";
import { configfsProducer } from "../src/produce/configfs-tsm.ts";
import { parseCertificateTable } from "../src/snp/snp-collateral.ts";
import { parseSnpReport } from "../src/snp/snp-report.ts";
import { codeOf } from "./support/codes.ts";
import {
  type ConfigfsFaults,
  fakeConfigfs,
  snpReport,
  systemError,
  tdxQuote,
} from "./support/fake-devices.ts";

const reportData = new Uint8Array(64).fill(7);
const wait = async (): Promise<void> => undefined;

describe("configfs-tsm", () => {
  it("quotes a TD, cuts the padding off and leaves nothing behind", async () => {
    const files = fakeConfigfs();
    const producer = await configfsProducer({ files, wait });
    expect(producer.tee).toBe("tdx");
    const { quote, certificates } = await producer.produce(reportData);
    const parsed = parseQuote(quote);
    expect(toHex(parsed.report.reportData)).toBe(toHex(reportData));
    expect(parsed.paddingBytes).toBe(0);
    expect(certificates).toBeNull();
    expect(files.entries.size).toBe(0);
  });

  it("reports a SEV-SNP guest with the host's certificates", async () => {
    const auxblob = certificateTable();
    const producer = await configfsProducer({
      files: fakeConfigfs({ provider: "sev_guest", auxblob }),
      wait,
    });
    const { tee, quote, certificates } = await producer.produce(reportData);
    expect(tee).toBe("sev-snp");
    expect(toHex(parseSnpReport(quote).reportData)).toBe(toHex(reportData));
    expect(parseCertificateTable(certificates ?? new Uint8Array(0))).toEqual({
      vcek: Uint8Array.of(1, 2, 3),
      ark: Uint8Array.of(4, 5),
    });
  });

  it("does without certificates when there are none, or no file for them", async () => {
    for (const auxblob of [new Uint8Array(0), systemError("ENOENT")]) {
      const producer = await configfsProducer({
        files: fakeConfigfs({ provider: "sev_guest", auxblob }),
        wait,
      });
      expect((await producer.produce(reportData)).certificates).toBeNull();
    }
  });

  it("asks for a VMPL, which is a second write", async () => {
    const files = fakeConfigfs({ provider: "sev_guest" });
    const producer = await configfsProducer({ files, wait, privilegeLevel: 2 });
    expect((await producer.produce(reportData)).tee).toBe("sev-snp");
    await expect(configfsProducer({ files, privilegeLevel: 4 })).rejects.toThrow("VMPL");
  });

  it("makes an entry of its own for each request", async () => {
    const files = fakeConfigfs();
    const producer = await configfsProducer({ files, wait });
    const wanted = [1, 2, 3].map((byte) => new Uint8Array(64).fill(byte));
    const answers = await Promise.all(wanted.map((data) => producer.produce(data)));
    expect(answers.map(({ quote }) => toHex(parseQuote(quote).report.reportData))).toEqual(
      wanted.map(toHex),
    );
    expect(new Set(files.names).size).toBe(4);
  });

  it("waits out what passes", async () => {
    const pauses: number[] = [];
    const outblobErrors = ["EBUSY", "EINTR", "EBUSY"].map(systemError);
    const producer = await configfsProducer({
      files: fakeConfigfs({ outblobErrors }),
      wait: async (milliseconds) => {
        pauses.push(milliseconds);
      },
    });
    await producer.produce(reportData);
    expect(pauses).toEqual([1000, 1000, 1000]);
  });

  it("keeps the quote when the entry cannot be removed", async () => {
    const producer = await configfsProducer({
      files: fakeConfigfs({ rmdir: systemError("EBUSY") }),
      wait,
    });
    expect((await producer.produce(reportData)).tee).toBe("tdx");
  });

  const absent: [string, ConfigfsFaults][] = [
    ["no driver", { mkdir: systemError("ENXIO") }],
    ["no configfs", { mkdir: systemError("ENOENT") }],
    ["no rights", { mkdir: systemError("EACCES") }],
    ["another architecture", { provider: "arm_cca_guest" }],
    ["a provider with an inherited name", { provider: "constructor" }],
  ];
  it.each(absent)("is not there: %s", async (_name, faults) => {
    const files = fakeConfigfs(faults);
    expect(await codeOf(() => configfsProducer({ files, wait }))).toBe("TEE_UNAVAILABLE");
    expect(files.entries.size).toBe(0);
  });

  const failures: [string, ConfigfsFaults][] = [
    ["a write refused", { write: systemError("EINVAL") }],
    ["a write lost at close", { loseWrite: true }],
    ["another writer with other data", { intruder: new Uint8Array(64).fill(8) }],
    ["another writer with the same data", { intruder: reportData }],
    ["a generation that is no number", { generation: "many" }],
    ["a generation that stands still", { generation: "5" }],
    ["a quote service that never answers", { outblobErrors: [systemError("ETIMEDOUT")] }],
    ["a host that fails", { outblobErrors: [systemError("EIO")] }],
    [
      "a guest key that is disabled",
      { provider: "sev_guest", outblobErrors: [systemError("ENOTTY")] },
    ],
    ["a report above the kernel's limit", { outblobErrors: [systemError("EFBIG")] }],
    ["a provider unloaded meanwhile", { outblobErrors: [systemError("ENXIO")] }],
    ["a guest that stays busy", { outblobErrors: new Array(5).fill(systemError("EBUSY")) }],
    ["an empty blob with success", { outblob: () => new Uint8Array(0) }],
    ["a blob of zeros", { outblob: () => new Uint8Array(8000) }],
    ["a CBOR token", { outblob: () => new Uint8Array(9000).fill(0xd2) }],
    ["a blob that never ends", { outblob: () => new Uint8Array(40_000) }],
    ["half a quote", { outblob: (data) => tdxQuote(data).subarray(0, 1000) }],
    ["a report of the other kind", { outblob: snpReport }],
    ["a quote over other data", { outblob: () => tdxQuote(new Uint8Array(64)) }],
    ["certificates that cannot be read", { provider: "sev_guest", auxblob: systemError("EIO") }],
  ];
  it.each(failures)("refuses %s, and tidies up", async (_name, faults) => {
    const files = fakeConfigfs(faults);
    const producer = await configfsProducer({ files, wait });
    expect(await codeOf(() => producer.produce(reportData))).toBe("PRODUCER_FAILED");
    expect(files.entries.size).toBe(0);
  });
});

/** VCEK, an unknown entry and ARK. */
function certificateTable(): Uint8Array {
  const table = new Uint8Array(104);
  const view = new DataView(table.buffer);
  const entries: [string, number, number][] = [
    ["8d75da6364e66445adc5f4b93be8accd", 96, 3],
    ["ffffffffffffffffffffffffffffffff", 96, 8],
    ["a406b4c003a8524997433fb6014cd0ae", 99, 2],
  ];
  for (const [index, [guid, offset, length]] of entries.entries()) {
    table.set(Buffer.from(guid, "hex"), index * 24);
    view.setUint32(index * 24 + 16, offset, true);
    view.setUint32(index * 24 + 20, length, true);
  }
  table.set([1, 2, 3, 4, 5], 96);
  return table;
}

describe("a certificate table", () => {
  it("is refused when it does not end or points outside", async () => {
    const table = certificateTable();
    expect(await codeOf(() => parseCertificateTable(table.subarray(0, 72)))).toBe(
      "COLLATERAL_MALFORMED",
    );
    expect(await codeOf(() => parseCertificateTable(table.subarray(0, 98)))).toBe(
      "COLLATERAL_MALFORMED",
    );
    const far = table.slice();
    far.fill(0xff, 16, 24);
    expect(await codeOf(() => parseCertificateTable(far))).toBe("COLLATERAL_MALFORMED");
    expect(parseCertificateTable(new Uint8Array(0))).toEqual({});
  });
});
