// SPDX-License-Identifier: Apache-2.0
import { CALL_SIGNATURE_BYTES, CALLER_KEY_BYTES, callMessage } from "@zeta/protocol/call-message";
import { toHex } from "@zeta/protocol/hex";
import { CallError } from "./call-error.ts";
import { compileCodec } from "./codec/compile-codec.ts";
import { Writer } from "./codec/writer.ts";
import type { Functions } from "./functions.ts";
import type { ProgramOperation } from "./program-operation.ts";
import { coded } from "./refusal.ts";
import { t } from "./schema.ts";

/** What a `signer` answers. */
const SIGNER = compileCodec(
  t.object({ key: t.publicKey(), sequence: t.integer({ minimum: 0 }) }),
  "signer",
);
/** u16 length of the key. */
const KEY_AT = 2;
const SEQUENCE_AT = KEY_AT + CALLER_KEY_BYTES;

const bytes = new Uint8Array(SEQUENCE_AT + 8);
const view = new DataView(bytes.buffer);
const writer = new Writer(bytes);

/**
 * The signature that a call carries as its last argument, held against whom the operation's `signer` names. Part of the call: store and
 * monitor check it each for itself, so neither a host nor another caller makes a call in the signer's name.
 */
export class CallerSignature {
  readonly #functions: Functions;
  readonly #operation: ProgramOperation;
  readonly #args: unknown;
  readonly #argument: Uint8Array;
  /** What was verified, so that a function which runs twice does not cost two verifications. */
  #verified = "";
  #sequence = 0;

  /** @param argument the encoded arguments, the signature last. */
  constructor(
    functions: Functions,
    operation: ProgramOperation,
    args: unknown,
    argument: Uint8Array,
  ) {
    this.#functions = functions;
    this.#operation = operation;
    this.#args = args;
    this.#argument = argument;
  }

  /**
   * Before the function runs.
   *
   * @param records as the function will see them.
   * @throws CallError `invalid_signature` or `invalid_signer`, and what the function throws.
   */
  demand(records: object): void {
    const { key, sequence } = this.#ask(records);
    this.#sequence = sequence;
    const wanted = `${key} ${sequence}`;
    if (this.#verified === wanted) return;
    const { service, name } = this.#operation;
    const argument = this.#argument.subarray(0, -CALL_SIGNATURE_BYTES);
    const message = callMessage({ service, operation: name, sequence, argument });
    const signature = this.#argument.subarray(-CALL_SIGNATURE_BYTES);
    const publicKey = bytes.slice(KEY_AT, SEQUENCE_AT);
    if (!this.#functions.verifySignature(message, signature, publicKey)) {
      const expected = `expected ${name} signed by ${key} under sequence number ${sequence}`;
      throw new CallError("invalid_signature", `${expected}, got another signature`);
    }
    this.#verified = wanted;
  }

  /**
   * After it: no signature counts twice.
   *
   * @param records as the function leaves them.
   * @throws CallError `sequence_stands` or `invalid_signer`, and what the function throws.
   */
  demandGrowth(records: object): void {
    const { sequence } = this.#ask(records);
    if (sequence > this.#sequence) return;
    throw new CallError(
      "sequence_stands",
      `expected a sequence number above ${this.#sequence} after ${this.#operation.name}, got ${sequence}`,
    );
  }

  /** Leaves the answer in `bytes`, too. */
  #ask(records: object): { readonly key: string; readonly sequence: number } {
    const answer = this.#functions.signer(this.#operation.number, this.#args, records);
    try {
      SIGNER.write(answer, writer.clear());
    } catch (error) {
      throw coded(error, "invalid_signer");
    }
    return {
      key: toHex(bytes.subarray(KEY_AT, SEQUENCE_AT)),
      sequence: Number(view.getBigUint64(SEQUENCE_AT)),
    };
  }
}
