// SPDX-License-Identifier: Apache-2.0
/**
 * Real quotes and collateral, damaged by machine: never accepted, never a crash, always a coded
 * error.
 */

import { concatBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import type { DcapCollateral, SignedJson } from "../src/dcap/collateral.ts";
import { parseQuote } from "../src/dcap/quote.ts";
import { parseTcbInfo } from "../src/dcap/tcb-info.ts";
import { isAttestationError } from "../src/error.ts";
import { verifyEvidence } from "../src/evidence.ts";
import { codeOf } from "./support/codes.ts";
import { flipped, seededRandom } from "./support/random.ts";
import { type DcapSample, dcapSamples } from "./support/samples.ts";
import { SEED, sampled, TIMEOUT_MILLISECONDS } from "./support/sampling.ts";

type Judged = DcapSample & { readonly collateral: DcapCollateral };

const judged = dcapSamples().filter(
  (sample): sample is Judged => sample.collateral !== null && sample.expected.error === undefined,
);

function outcome(
  sample: Judged,
  changes: Partial<Pick<Judged, "quote" | "collateral" | "at">>,
): Promise<string> {
  const changed = { ...sample, ...changes };
  return codeOf(() => verifyEvidence(changed.quote, changed));
}

/** Does it parse? An error without one of our codes is passed on. */
function parses(bytes: Uint8Array): boolean {
  try {
    parseQuote(bytes);
    return true;
  } catch (error) {
    if (isAttestationError(error)) return false;
    throw error;
  }
}

describe.each(judged)("$id", (sample) => {
  const { bytes } = parseQuote(sample.quote);

  it(
    `refuses a flipped bit anywhere in the quote (seed ${SEED})`,
    async () => {
      for (const offset of sampled(bytes.length, 24)) {
        const code = await outcome(sample, { quote: flipped(bytes, offset, 1 << (offset % 8)) });
        expect(code, `byte ${offset}`).not.toBe("accepted");
      }
    },
    TIMEOUT_MILLISECONDS,
  );

  it("refuses the quote cut at every length", async () => {
    const lengths = Array.from(bytes.keys());
    expect(lengths.filter((length) => parses(bytes.subarray(0, length)))).toEqual([]);
    for (const length of sampled(bytes.length, 50)) {
      const code = await outcome(sample, { quote: bytes.subarray(0, length) });
      expect(code, `length ${length}`).toMatch(/^QUOTE_(MALFORMED|UNSUPPORTED)$/);
    }
  });

  it("cuts padding off, so that a quote has one form", async () => {
    const padded = concatBytes(bytes, seededRandom(SEED).bytes(100));
    const evidence = await verifyEvidence(padded, sample);
    if (evidence.tee !== "sgx" && evidence.tee !== "tdx") throw new Error(evidence.tee);
    expect(toHex(evidence.quote.bytes)).toBe(toHex(bytes));
    expect(evidence.quote.paddingBytes).toBe(100);
  });

  it("holds from the first to the last second of its collateral, and not one more", async () => {
    const [from = 0, until = 0] =
      sample.facts.collateralValid?.map((text) => Date.parse(text)) ?? [];
    const notCurrent = /^(CERTIFICATE|CRL|COLLATERAL)_NOT_CURRENT$/;
    expect(await outcome(sample, { at: new Date(from) })).toBe("accepted");
    expect(await outcome(sample, { at: new Date(until) })).toBe("accepted");
    expect(await outcome(sample, { at: new Date(from - 1000) })).toMatch(notCurrent);
    expect(await outcome(sample, { at: new Date(until + 1000) })).toMatch(notCurrent);
  });

  it(
    `refuses changed collateral (seed ${SEED})`,
    async () => {
      for (const [what, collateral] of damaged(sample.collateral)) {
        expect(await outcome(sample, { collateral }), what).not.toBe("accepted");
      }
    },
    TIMEOUT_MILLISECONDS,
  );
});

/** The collateral with one thing wrong in many ways. */
function* damaged(collateral: DcapCollateral): Generator<[string, DcapCollateral]> {
  for (const name of ["tcbInfo", "qeIdentity"] as const) {
    const json = collateral[name];
    for (const offset of sampled(json.text.length, 2)) {
      yield [`${name} text at ${offset}`, { ...collateral, [name]: withText(json, offset) }];
    }
    for (const offset of sampled(64, 1)) {
      const signature = flipped(json.signature, offset);
      yield [`${name} signature at ${offset}`, { ...collateral, [name]: { ...json, signature } }];
    }
    for (const offset of sampled(json.issuerChain.length, 2)) {
      const issuerChain = changedText(json.issuerChain, offset);
      yield [`${name} chain at ${offset}`, { ...collateral, [name]: { ...json, issuerChain } }];
    }
    const empty = { ...json, issuerChain: "" };
    yield [`${name} without chain`, { ...collateral, [name]: empty }];
  }
  for (const name of ["rootCrl", "pckCrl"] as const) {
    const list = collateral[name];
    for (const offset of sampled(list.length, 2)) {
      yield [`${name} at ${offset}`, { ...collateral, [name]: flipped(list, offset) }];
    }
    for (const length of sampled(list.length, 2)) {
      yield [`${name} cut at ${length}`, { ...collateral, [name]: list.subarray(0, length) }];
    }
    yield [`${name} longer`, { ...collateral, [name]: concatBytes(list, Uint8Array.of(0)) }];
    yield [`${name} garbage`, { ...collateral, [name]: seededRandom(SEED).bytes(list.length) }];
  }
  const { rootCrl, pckCrl, tcbInfo, qeIdentity } = collateral;
  yield ["lists swapped", { ...collateral, rootCrl: pckCrl, pckCrl: rootCrl }];
  yield ["one list twice", { ...collateral, pckCrl: rootCrl }];
  yield ["texts swapped", { ...collateral, tcbInfo: qeIdentity, qeIdentity: tcbInfo }];
}

function withText(json: SignedJson, offset: number): SignedJson {
  return { ...json, text: changedText(json.text, offset) };
}

/** The last bit of one character changed. */
function changedText(text: string, offset: number): string {
  const changed = String.fromCharCode(text.charCodeAt(offset) ^ 1);
  return text.slice(0, offset) + changed + text.slice(offset + 1);
}

describe("collateral of another sample", () => {
  it(
    "is accepted only if it is this platform's own and in force",
    async () => {
      for (const sample of judged) {
        for (const other of judged) {
          const { collateral } = other;
          const code = await outcome(sample, { collateral });
          if (code !== "accepted") continue;
          const info = parseTcbInfo(collateral.tcbInfo.text);
          expect([info.id.toLowerCase(), info.fmspc]).toEqual([
            sample.facts.tee,
            sample.facts.fmspc,
          ]);
          expect(info.issueDate).toBeLessThanOrEqual(sample.at.getTime());
          expect(info.nextUpdate).toBeGreaterThanOrEqual(sample.at.getTime());
        }
      }
    },
    TIMEOUT_MILLISECONDS,
  );

  it("is refused piece by piece when it is another TEE's", async () => {
    const sgx = judged.find((one) => one.id === "sgx-v3/automata-quotev3");
    const tdx = judged.find((one) => one.id === "tdx-v4/near");
    if (sgx === undefined || tdx === undefined) throw new Error("samples are missing");
    for (const piece of ["tcbInfo", "qeIdentity"] as const) {
      const collateral = { ...tdx.collateral, [piece]: sgx.collateral[piece] };
      expect(await outcome(tdx, { collateral })).toMatch(/^COLLATERAL_(MISMATCH|NOT_CURRENT)$/);
    }
  });
});
