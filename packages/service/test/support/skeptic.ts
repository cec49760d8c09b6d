// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { fromHex } from "@zeta/protocol/hex";
import type { OperationAnswer, Problem, ReceiptAnswer } from "@zeta/protocol/http-api";
import type { KvRecordOperation } from "@zeta/protocol/kv";
import { decodeViolation, verifyViolation } from "@zeta/protocol/violation";
import { freshId } from "./calls.ts";
import type { TestService } from "./service.ts";
import { attestedKey, judge, type Told } from "./verify.ts";

/** A client over HTTP that keeps what it asked and was told, and believes only what it can check with the key it attested first. */
export class Skeptic {
  readonly #service: TestService;
  readonly publicKey: Uint8Array;

  private constructor(service: TestService, publicKey: Uint8Array) {
    this.#service = service;
    this.publicKey = publicKey;
  }

  static async connect(service: TestService): Promise<Skeptic> {
    return new Skeptic(service, await attestedKey(service.app));
  }

  async attack(name: string, key: string, mode?: string): Promise<void> {
    const payload = { key, ...(mode !== undefined && { mode }) };
    const url = `/v1/attacks/${name}`;
    const { statusCode, body } = await this.#service.app.inject({ method: "POST", url, payload });
    if (statusCode !== 202) throw new Error(body);
  }

  put(key: string, value: string): Promise<Told> {
    return this.#ask({ operation: "put", key: utf8(key), value: utf8(value) });
  }

  get(key: string): Promise<Told> {
    return this.#ask({ operation: "get", key: utf8(key) });
  }

  /** What the answer turns out to be once its epoch is certified. */
  async verdict(told: Told): Promise<string> {
    await this.#service.engine.closeEpoch();
    const url = `/v1/receipts/${told.requestId}`;
    const response = await this.#service.app.inject({ url });
    if (response.statusCode !== 200) return response.json<Problem>().code;
    return judge(told, response.json<ReceiptAnswer>(), this.publicKey);
  }

  /** The check that a signed violation names; throws unless it is signed by the attested key. */
  checkOf(violation: string): string {
    const signed = decodeViolation(fromHex(violation));
    if (!verifyViolation(signed, this.publicKey)) throw new Error("not signed by this instance");
    return signed.violation.check;
  }

  async #ask(question: KvRecordOperation): Promise<Told> {
    const requestId = freshId();
    const payload = {
      requestId,
      key: Buffer.from(question.key).toString("base64"),
      ...("value" in question && { value: Buffer.from(question.value).toString("base64") }),
    };
    const url = `/v1/ops/${question.operation}`;
    const response = await this.#service.app.inject({ method: "POST", url, payload });
    if (response.statusCode !== 200) throw new Error(response.body);
    const { result } = response.json<OperationAnswer>();
    return { requestId, question, result: Buffer.from(result, "base64") };
  }
}

/** The text that a get was told, null for an absence. */
export function textOf(told: Told): string | null {
  return told.result[0] === 1 ? Buffer.from(told.result.subarray(1)).toString() : null;
}
