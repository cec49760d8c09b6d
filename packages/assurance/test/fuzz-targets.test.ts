// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allTargets } from "../src/fuzz/targets.ts";

const PACKAGES = ["protocol", "tee-api", "prover-api", "gateway", "client", "attestation", "app"];
const MORE = ["service", "monitor"];

/** An exported function whose name says that it makes sense of bytes, text or JSON. */
const DECODER =
  /^export (?:async )?function\*? ((?:decode|parse|read)[A-Z]\w*|from(?:Hex|Base64)|\w+From(?:Json|Text|Pem|Table|Hex))\b/gm;

/** Decoders without a target, and what stands in for one. */
const NOT_FUZZED: Readonly<Record<string, string>> = {
  decodeCertificates: "decodeCertificate on a list",
  decodeOr: "gives an error another code",
  readCapped: "counts the bytes of an answer; packages/client/test",
  readQuoteFile: "reads a file; the bytes go to parseQuote",
  readCollateralPath:
    "reads files; the texts go to dcapCollateralFromText and snpCollateralFromPem",
  readTrustFiles:
    "a policy and collateral: parsePolicyFile, dcapCollateralFromText, snpCollateralFromPem",
  readLauncherHandover:
    "the launcher's environment and files are trusted; the quote goes to parseQuote",
  readBatchHeader: "reads a stream up to its cap; the bytes go to decodeBatchHeader",
  readRequestId: "of an id that isRequestId accepted; packages/service/test/receipt-index.test.ts",
  readLogFrames: "cuts a stream; packages/monitor/test/replay.test.ts",
  parseJson: "by the HTTP requests",
};

test("every exported decoder has a fuzz target, or a reason", async () => {
  const { byteTargets, jsonTargets } = await allTargets(1);
  const targets = [...byteTargets, ...jsonTargets];
  const fuzzed = new Set(targets.flatMap(({ decoders }) => decoders.map(({ name }) => name)));
  const found = new Set([...PACKAGES, ...MORE].flatMap(decodersIn));
  expect(found.size).toBeGreaterThan(50);
  const without = [...found].filter((name) => fuzzed.has(name) === Object.hasOwn(NOT_FUZZED, name));
  expect(without, "with neither a target nor a reason, or with both").toEqual([]);
  const gone = Object.keys(NOT_FUZZED).filter((name) => !found.has(name));
  expect(gone, "reasons for decoders that there are no more").toEqual([]);
  expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length);
});

function decodersIn(name: string): string[] {
  const folder = new URL(`../../${name}/src/`, import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => [...readFileSync(new URL(file, folder), "utf8").matchAll(DECODER)])
    .map(([, decoder]) => decoder as string);
}
