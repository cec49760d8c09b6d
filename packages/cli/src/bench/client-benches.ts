// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { readCollateralPath, readQuoteFile } from "@zeta/attestation/collateral-files";
import {
  platformChecker,
  pureChecker,
  type SignatureChecker,
} from "@zeta/attestation/pki/signatures";
import { HARDWARE_ONLY_POLICY } from "@zeta/attestation/policy";
import { getVerdict } from "@zeta/attestation/verdict";
import { type Bench, type BenchOptions, type BenchRow, median } from "./row.ts";

/** See bench-data/PROVENANCE.md. */
const SAMPLE = fileURLToPath(new URL("../../bench-data/tdx-v4-phala", import.meta.url));
/** Within the validity of the sample's collateral. */
const AT = new Date("2025-06-20T00:00:00Z");
const RUNS = 5;
const WARM_UP_VERIFICATIONS = 30;
/** Verifications in a run of ours and in one of the baseline, which is slower. */
const RUN_VERIFICATIONS = {
  full: { platform: 100, pure: 20 },
  quick: { platform: 20, pure: 5 },
} as const;

/** Verifies a quote once; false if the answer is not the known one. */
type Verify = () => Promise<boolean>;

async function loadVerify(checker: SignatureChecker): Promise<Verify> {
  const quote = await readQuoteFile(`${SAMPLE}/quote.bin`);
  const collateral = await readCollateralPath(`${SAMPLE}/collateral.json`);
  return async () => {
    const options = { at: AT, collateral, policy: HARDWARE_ONLY_POLICY, checker };
    const { policy, status } = await getVerdict(quote, options);
    return policy === "accepted" && status === "UpToDate";
  };
}

interface Measured {
  /** Milliseconds for each verification. */
  readonly milliseconds: number;
  readonly ok: boolean;
}

async function measure(verify: Verify, count: number): Promise<Measured> {
  let ok = true;
  const start = performance.now();
  for (let i = 0; i < count; i++) ok = (await verify()) && ok;
  return { milliseconds: (performance.now() - start) / count, ok };
}

async function attestationRow({ quick, say }: BenchOptions): Promise<BenchRow> {
  const [ours, pure] = [await loadVerify(platformChecker()), await loadVerify(pureChecker)];
  const counts = quick ? RUN_VERIFICATIONS.quick : RUN_VERIFICATIONS.full;
  const warmUp = [
    await measure(ours, WARM_UP_VERIFICATIONS),
    await measure(pure, Math.ceil(WARM_UP_VERIFICATIONS / 3)),
  ];
  const values: Measured[] = [];
  const baseline: Measured[] = [];
  // In turns, so that a disturbance of the machine meets both.
  for (let run = 0; run < RUNS; run++) {
    const [value, base] = [await measure(ours, counts.platform), await measure(pure, counts.pure)];
    values.push(value);
    baseline.push(base);
    const [own, its] = [value, base].map(({ milliseconds }) => milliseconds.toFixed(2));
    say(`run ${run + 1} of ${RUNS}: ${own} ms, in pure JavaScript ${its} ms`);
  }
  const value = median(values.map(({ milliseconds }) => milliseconds));
  const baselineValue = median(baseline.map(({ milliseconds }) => milliseconds));
  return {
    id: "attestation.verify",
    value: rounded(value),
    unit: "ms",
    baseline: "pure JavaScript",
    baselineValue: rounded(baselineValue),
    ratio: rounded(value / baselineValue),
    runs: RUNS,
    certified: [...warmUp, ...values, ...baseline].every(({ ok }) => ok),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** The rows of `zeta bench client`. */
export const CLIENT_BENCHES: readonly Bench[] = [
  {
    id: "attestation.verify",
    title:
      "one whole verification of a real TDX quote: chains, lists, collateral, TCB, policy; warm",
    run: attestationRow,
  },
];
