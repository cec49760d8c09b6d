// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import {
  isSimulationQuote,
  produceSimulationQuote,
  SIMULATION_QUOTE_BYTES,
  verifySimulationQuote,
} from "../src/simulation.ts";
import { codeOf } from "./support/codes.ts";
import { flipped, seededRandom } from "./support/random.ts";

const measurement = new Uint8Array(32).fill(7);
const reportData = new Uint8Array(64).fill(9);
const quote = produceSimulationQuote({
  measurement,
  reportData,
  random: seededRandom(1).bytes,
});

describe("simulated quotes", () => {
  it("state measurement and report data under a key of their own", () => {
    const verified = verifySimulationQuote(quote);
    expect(toHex(verified.measurement)).toBe(toHex(measurement));
    expect(toHex(verified.reportData)).toBe(toHex(reportData));
    expect(quote.length).toBe(204);
    expect(toHex(quote.subarray(0, 10))).toBe("5a45544153494d310001");
  });

  it("come from a fresh key each time unless randomness is given", () => {
    const again = produceSimulationQuote({ measurement, reportData });
    expect(toHex(verifySimulationQuote(again).publicKey)).not.toBe(
      toHex(verifySimulationQuote(quote).publicKey),
    );
  });

  it("refuse every flipped bit", async () => {
    for (let offset = 0; offset < SIMULATION_QUOTE_BYTES; offset++) {
      const mask = 1 << (offset % 8);
      expect(await codeOf(() => verifySimulationQuote(flipped(quote, offset, mask)))).toMatch(
        /^QUOTE_(MALFORMED|SIGNATURE_INVALID)$/,
      );
    }
  });

  it("refuse every other length", async () => {
    for (let length = 0; length < quote.length; length++) {
      const code = await codeOf(() => verifySimulationQuote(quote.subarray(0, length)));
      expect(code).toBe("QUOTE_MALFORMED");
    }
    const longer = concatBytes(quote, Uint8Array.of(0));
    expect(await codeOf(() => verifySimulationQuote(longer))).toBe("QUOTE_MALFORMED");
  });

  it("are told from hardware quotes by their first bytes", () => {
    expect(isSimulationQuote(quote)).toBe(true);
    for (const version of [3, 4, 5]) {
      expect(isSimulationQuote(Uint8Array.of(version, 0, 2, 0, 0, 0, 0, 0))).toBe(false);
    }
    expect(isSimulationQuote(new Uint8Array(0))).toBe(false);
  });
});
