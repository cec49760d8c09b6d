// SPDX-License-Identifier: Apache-2.0
/** The skeptic's side of batch proving: every batch of a range has a proof that holds, and their roots form one chain. */
import { equalBytes } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { PresentBatchesSchema, type ProofRow, ProofsAnswerSchema } from "@zeta/tee-api/answers";
import { checkerOf } from "@zeta/tee-api/check";
import type { JobStatus } from "@zeta/tee-api/requests";
import { ROUTES } from "@zeta/tee-api/routes";
import { JsonClient, readJson } from "../api/json-client.ts";
import { type ProofPolicy, type VerifiedProof, verifyProof } from "./verify-proof.ts";

export interface VerifyProofsOptions {
  readonly url: string;
  /** First batch; the server's oldest when null. */
  readonly from: number | null;
  /** Last batch; the server's latest when null. */
  readonly to: number | null;
  /** Root that the first batch must follow, if the skeptic knows it: any chain is unbroken from where it begins. */
  readonly previousRoot?: Uint8Array | null;
  readonly policy: ProofPolicy;
  readonly signal: AbortSignal;
}

/** One batch of the report; the members of `zeta proofs verify --json`, and a line for people. */
export interface BatchReport {
  readonly number: number;
  readonly status: JobStatus | "unknown";
  readonly verdict: "verified" | "rejected" | "missing";
  /** Hex; null unless verified. */
  readonly root: string | null;
  /** Ethereum address; null unless verified. */
  readonly signer: string | null;
  /** Verified by a quote that anybody can make. */
  readonly simulated: boolean;
  readonly code: string | null;
  readonly detail: string;
}

export interface ProofsReport {
  readonly batches: readonly BatchReport[];
  /** Hex: where the chain begins, as signed. Null when the first batch is not verified, or its signature does not say. */
  readonly previousRoot: string | null;
  /** `broken`: two proofs contradict each other. `incomplete`: something is missing or does not hold. */
  readonly chain: "unbroken" | "broken" | "incomplete";
  /** Every batch verified, the chain unbroken, and at least one batch. */
  readonly ok: boolean;
}

const TIMEOUTS = { connectMs: 5_000, headersMs: 30_000, totalMs: 60_000, dataMs: 60_000 };

/** Quotes are tens of kilobytes in hex. */
const PAGE_BATCHES = 20;
const PAGE_BYTES_MAX = 32 << 20;

const checkProofs = checkerOf(ProofsAnswerSchema);
const checkPresent = checkerOf(PresentBatchesSchema);

/**
 * Fetches and verifies the proofs of a range.
 *
 * @throws CallError when the server cannot be asked; what it says is judged in the report.
 */
export async function verifyProofs(options: VerifyProofsOptions): Promise<ProofsReport> {
  const client = new JsonClient(options.url, TIMEOUTS);
  try {
    const range = await rangeOf(client, options);
    const chain = new RootChain(options.previousRoot);
    const batches: BatchReport[] = [];
    if (range === null) return { batches, previousRoot: null, chain: "incomplete", ok: false };
    for (let from = range.from; from <= range.to; from += PAGE_BATCHES) {
      const to = Math.min(range.to, from + PAGE_BATCHES - 1);
      const rows = await fetchProofs(client, from, to, options.signal);
      for (let number = from; number <= to; number++) {
        batches.push(await judgeBatch(number, rows, options.policy, chain));
      }
    }
    const previousRoot = chain.first === null ? null : toHex(chain.first);
    return { batches, previousRoot, chain: chain.state, ok: chain.state === "unbroken" };
  } finally {
    client.close();
  }
}

/**
 * Follows a server: yields each batch once its fate is known (proven or given up), in order, until `to` or an abort. `pause` is called
 * while there is nothing new. Passing troubles of the server end it with a CallError: call again from the batch after the last, with the
 * last's root as `previousRoot`, or the server could go on with another chain.
 */
export async function* watchProofs(
  options: VerifyProofsOptions & { readonly pause: (signal: AbortSignal) => Promise<void> },
): AsyncGenerator<BatchReport & { readonly chain: ProofsReport["chain"] }> {
  const client = new JsonClient(options.url, TIMEOUTS);
  const chain = new RootChain(options.previousRoot);
  try {
    let number = options.from ?? (await rangeOf(client, options))?.from ?? 0;
    while (!options.signal.aborted && (options.to === null || number <= options.to)) {
      const rows = await fetchProofs(client, number, number + PAGE_BATCHES - 1, options.signal);
      const isDecided = rows.some((row) => row.batch_number === number && isFinal(row));
      if (!isDecided) {
        await options.pause(options.signal);
        continue;
      }
      const report = await judgeBatch(number, rows, options.policy, chain);
      yield { ...report, chain: chain.state };
      number++;
    }
  } finally {
    client.close();
  }
}

function isFinal(row: ProofRow): boolean {
  return row.status === "generated" || row.status === "permanently_ignored";
}

const NOTHING = { root: null, signer: null, simulated: false, code: null } as const;

/** Several TEE types may have proven a batch: one proof that holds is enough, but those that hold must agree. */
async function judgeBatch(
  number: number,
  rows: readonly ProofRow[],
  policy: ProofPolicy,
  chain: RootChain,
): Promise<BatchReport> {
  const own = rows.filter((row) => row.batch_number === number);
  const proven = own.filter((row) => row.status === "generated");
  const status: BatchReport["status"] = proven[0]?.status ?? own[0]?.status ?? "unknown";
  if (proven.length === 0) {
    chain.addGap();
    const detail = own[0]?.error ?? "no proof yet";
    return { ...NOTHING, number, status, verdict: "missing", detail };
  }
  const holding: VerifiedProof[] = [];
  let refusal: { code: string; detail: string } | null = null;
  for (const row of proven) {
    try {
      holding.push(await verifyProof(row, policy));
    } catch (error) {
      if (!isZetaError(error)) throw error;
      refusal ??= { code: error.code, detail: error.message };
    }
  }
  const [first] = holding;
  if (first === undefined) {
    chain.addGap();
    const { code, detail } = refusal ?? { code: "proof_incomplete", detail: "no proof holds" };
    return { ...NOTHING, number, status, verdict: "rejected", code, detail };
  }
  const problem = chain.add(holding);
  const root = toHex(first.root);
  const known = { number, status, root, signer: first.signer, simulated: first.simulated };
  if (problem === null) return { ...known, verdict: "verified", code: null, detail: "holds" };
  return { ...known, verdict: "rejected", code: "chain_broken", detail: problem };
}

/** The roots of consecutive batches, from what was signed. */
class RootChain {
  /** Root before the first batch, null unless that one holds and says. */
  first: Uint8Array | null = null;
  #last: Uint8Array | null;
  #service: string | null = null;
  #isBroken = false;
  #isIncomplete = false;
  #count = 0;

  constructor(previousRoot: Uint8Array | null = null) {
    this.#last = previousRoot;
  }

  get state(): ProofsReport["chain"] {
    if (this.#isBroken) return "broken";
    return this.#isIncomplete || this.#count === 0 ? "incomplete" : "unbroken";
  }

  addGap(): void {
    this.#isIncomplete = true;
    this.#last = null;
  }

  /** Adds the proofs of the next batch; returns what does not fit, or null. */
  add(proofs: readonly VerifiedProof[]): string | null {
    for (const proof of proofs) {
      const problem = this.#contradiction(proof, proofs[0] ?? proof);
      if (problem !== null) {
        this.#isBroken = true;
        return problem;
      }
      this.#service ??= proof.service;
      // A signature that does not name its predecessor cannot be linked to it.
      if (proof.previousRoot === null) this.#isIncomplete = true;
    }
    if (this.#count === 0 && !this.#isIncomplete) this.first = proofs[0]?.previousRoot ?? null;
    this.#last = proofs[0]?.root ?? null;
    this.#count++;
    return null;
  }

  #contradiction(proof: VerifiedProof, first: VerifiedProof): string | null {
    if (!equalBytes(proof.root, first.root)) return "proofs of one batch have different roots";
    const { previousRoot, service } = proof;
    const expected = this.#last ?? first.previousRoot;
    if (expected !== null && previousRoot !== null && !equalBytes(previousRoot, expected)) {
      return `expected previous root ${toHex(expected)}, got ${toHex(previousRoot)}`;
    }
    if (this.#service !== null && service !== null && service !== this.#service) {
      return `expected service ${this.#service}, got ${service}`;
    }
    return null;
  }
}

async function rangeOf(
  client: JsonClient,
  options: VerifyProofsOptions,
): Promise<{ from: number; to: number } | null> {
  if (options.from !== null && options.to !== null) return { from: options.from, to: options.to };
  const { path } = ROUTES.presentBatches;
  const answer = await client.call({ method: "GET", path, signal: options.signal });
  const { oldest_batch, latest_batch } = readJson(answer, checkPresent);
  const from = options.from ?? oldest_batch;
  const to = options.to ?? latest_batch;
  return from === null || to === null ? null : { from, to };
}

async function fetchProofs(
  client: JsonClient,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly ProofRow[]> {
  const path = `${ROUTES.proofs.path}?from=${from}&to=${to}&limit=${PAGE_BATCHES}`;
  const answer = await client.call({ method: "GET", path, bytesMax: PAGE_BYTES_MAX, signal });
  return readJson(answer, checkProofs).proofs;
}
