// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "@zeta/protocol/hex";
import { type BatchInput, ClaimAnswerSchema, RenewAnswerSchema } from "@zeta/tee-api/answers";
import { checkerOf } from "@zeta/tee-api/check";
import { ERROR_TEXT_MAX } from "@zeta/tee-api/limits";
import type {
  ClaimRequest,
  FailureRequest,
  LeaseRequest,
  RegisterRequest,
  SubmitRequest,
} from "@zeta/tee-api/requests";
import { ROUTES } from "@zeta/tee-api/routes";
import { CallError } from "../call-error.ts";
import type { HttpAnswer } from "./http-call.ts";
import { type ClientTimeouts, JsonClient, readJson } from "./json-client.ts";
import type {
  BatchFacts,
  ClaimedBatch,
  Failure,
  GatewayIdentity,
  ProverApi,
  SignedProof,
} from "./prover-api.ts";

const checkClaimAnswer = checkerOf(ClaimAnswerSchema);
const checkRenewAnswer = checkerOf(RenewAnswerSchema);

/** The prover API of this project over HTTP. */
export class ZetaProverApi implements ProverApi {
  readonly #client: JsonClient;
  readonly #identity: Pick<GatewayIdentity, "publicKey" | "teeType">;

  constructor(
    url: string,
    identity: Pick<GatewayIdentity, "publicKey" | "teeType">,
    timeouts: ClientTimeouts,
  ) {
    this.#client = new JsonClient(url, timeouts);
    this.#identity = identity;
  }

  async register(
    identity: Pick<GatewayIdentity, "publicKey" | "quote" | "teeType">,
    signal: AbortSignal,
  ): Promise<void> {
    const body: RegisterRequest = {
      attestation: toHex(identity.quote),
      pubkey: toHex(identity.publicKey),
      tee_type: identity.teeType,
    };
    await this.#post(ROUTES.register.path, body, signal);
  }

  async claim(
    lease: string,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<ClaimedBatch | null> {
    const { teeType, publicKey } = this.#identity;
    const body: ClaimRequest = { tee_type: teeType, pubkey: toHex(publicKey), lease };
    const answer = await this.#client.call({
      method: "POST",
      path: ROUTES.claim.path,
      body,
      headers: waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` },
      extraMs: 1000 * waitSeconds,
      signal,
    });
    if (answer.status === 204) return null;
    const { Z1: job } = readJson(answer, checkClaimAnswer);
    if (job.lease.toLowerCase() !== lease) {
      throw new CallError("answer_malformed", "expected a job under the lease asked for");
    }
    return { facts: factsOf(job), lease: { id: lease, ms: 1000 * job.lease_seconds }, data: null };
  }

  async fetchData(facts: BatchFacts, signal: AbortSignal): Promise<Uint8Array> {
    const path = pathOf(ROUTES.batchData.path, facts.number);
    const data = await this.#client.download(path, facts.bytes, signal);
    if (data.length === facts.bytes) return data;
    throw new CallError("answer_malformed", `expected ${facts.bytes} bytes, got ${data.length}`);
  }

  async renew(lease: string, signal: AbortSignal): Promise<number> {
    const body: LeaseRequest = { lease };
    const answer = await this.#post(ROUTES.renew.path, body, signal);
    return 1000 * readJson(answer, checkRenewAnswer).lease_seconds;
  }

  async release(lease: string, signal: AbortSignal): Promise<void> {
    const body: LeaseRequest = { lease };
    await this.#post(ROUTES.release.path, body, signal);
  }

  async submit(proof: SignedProof, signal: AbortSignal): Promise<void> {
    const body: SubmitRequest = {
      signature: toHex(proof.signature),
      pubkey: toHex(proof.publicKey),
      proof: toHex(proof.root),
      tee_type: proof.teeType,
      lease: proof.lease ?? "",
    };
    await this.#post(pathOf(ROUTES.submit.path, proof.batch), body, signal);
  }

  async fail(failure: Failure, signal: AbortSignal): Promise<void> {
    const body: FailureRequest = {
      tee_type: this.#identity.teeType,
      lease: failure.lease,
      kind: failure.kind,
      ...(failure.check === null ? {} : { check: failure.check }),
      // A report without a text is refused.
      error: failure.error.slice(0, ERROR_TEXT_MAX) || "no reason given",
    };
    await this.#post(pathOf(ROUTES.fail.path, failure.batch), body, signal);
  }

  close(): void {
    this.#client.close();
  }

  #post(path: string, body: unknown, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#client.call({ method: "POST", path, body, signal });
  }
}

function pathOf(path: string, batch: number): string {
  return path.replace(":batch", String(batch));
}

function factsOf(input: BatchInput): BatchFacts {
  const bytes = (hex: string) => fromHex(hex.toLowerCase());
  return {
    number: input.batch_number,
    service: input.service,
    previousRoot: bytes(input.previous_root),
    root: bytes(input.root),
    receiptsRoot: bytes(input.receipts_root),
    digest: bytes(input.digest),
    bytes: input.bytes,
  };
}
