// SPDX-License-Identifier: Apache-2.0
import { isCallRefusal } from "@zeta/app/call-error";
import { Reader } from "@zeta/app/codec/reader";
import { Writer } from "@zeta/app/codec/writer";
import type { PreparedCall } from "@zeta/app/prepared-call";
import type { Program } from "@zeta/app/program";
import { KEY_BYTES_MAX, SERVICE_CALL_BYTES_MAX } from "@zeta/protocol/limits";

/** Where the module lays a call out and expects the answer: EXCHANGE and ANSWER of assembly/layout.ts. */
export interface ExchangePlaces {
  readonly exchange: number;
  readonly answer: number;
}

/** What the module hears of a call; assembly/app-service.ts. */
export const CALL_STATUS = { answered: 0, badArgument: 1, refused: 2 } as const;

const NO_VALUE = 0xffff_ffff;
const EXCHANGE_SLOTS = 16;
const SLOTS_MAX = 16;
const ANSWER_KEYS = 16;
const ANSWER_KEY_BYTES = 12;
/** From EXCHANGE and ANSWER on: the areas follow one another. */
const VALUES = 256;
const KEY_PLACES = VALUES + SLOTS_MAX * SERVICE_CALL_BYTES_MAX;
const RESULT = KEY_PLACES + SLOTS_MAX * KEY_BYTES_MAX;
const NEW_VALUES = RESULT + SERVICE_CALL_BYTES_MAX;

const CHANGES = { keep: 0, delete: 1, write: 2 } as const;

/** Runs the functions of a service for one monitor thread, on the thread's own memory. */
export class ServiceCalls {
  readonly #program: Program;
  readonly #places: ExchangePlaces;
  readonly #reader = new Reader();
  readonly #writer = new Writer(new Uint8Array(0));
  #memory: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#memory.buffer);

  constructor(program: Program, places: ExchangePlaces) {
    this.#program = program;
    this.#places = places;
  }

  /** Runs the call that the module has laid out. Returns a {@link CALL_STATUS}. */
  run(memory: Uint8Array): number {
    if (memory !== this.#memory) {
      this.#memory = memory;
      this.#view = new DataView(memory.buffer);
    }
    const { exchange, answer } = this.#places;
    const view = this.#view;
    const argument = view.getUint32(exchange + 4, true);
    const end = argument + view.getUint32(exchange + 8, true);
    let call: PreparedCall;
    try {
      const number = view.getUint32(exchange, true);
      call = this.#program.prepare(number, this.#reader.open(memory, argument, end));
      this.#answerKeys(call);
    } catch (error) {
      return statusOf(error, CALL_STATUS.badArgument);
    }
    view.setUint32(answer, call.count, true);
    // The module refuses by itself what has other slots than keys; it shows none if it has refused the slots.
    if (view.getUint32(exchange + 12, true) !== call.count) return CALL_STATUS.answered;
    try {
      this.#takeValues(call);
      call.run();
      this.#answerOutcome(call);
      return CALL_STATUS.answered;
    } catch (error) {
      return statusOf(error, CALL_STATUS.refused);
    }
  }

  #answerKeys(call: PreparedCall): void {
    const { answer } = this.#places;
    for (let i = 0; i < call.count; i++) {
      const at = answer + KEY_PLACES + i * KEY_BYTES_MAX;
      const writer = this.#writer.open(this.#memory, at, at + KEY_BYTES_MAX);
      call.writeKey(i, writer);
      this.#view.setUint32(answer + ANSWER_KEYS + i * ANSWER_KEY_BYTES, writer.length, true);
    }
  }

  #takeValues(call: PreparedCall): void {
    const slots = this.#places.exchange + EXCHANGE_SLOTS;
    for (let i = 0; i < call.count; i++) {
      const length = this.#view.getUint32(slots + 8 * i, true);
      if (length === NO_VALUE) call.takeValue(null);
      else if (length > SERVICE_CALL_BYTES_MAX) call.refuseValue(length);
      else {
        const at = this.#view.getUint32(slots + 8 * i + 4, true);
        call.takeValue(this.#reader.open(this.#memory, at, at + length));
      }
    }
  }

  #answerOutcome(call: PreparedCall): void {
    const { answer } = this.#places;
    const result = answer + RESULT;
    const writer = this.#writer.open(this.#memory, result, result + SERVICE_CALL_BYTES_MAX);
    call.writeResult(writer);
    this.#view.setUint32(answer + 4, writer.length, true);
    for (let i = 0; i < call.count; i++) {
      const at = answer + NEW_VALUES + i * SERVICE_CALL_BYTES_MAX;
      writer.open(this.#memory, at, at + SERVICE_CALL_BYTES_MAX);
      const change = CHANGES[call.writeValue(i, writer)];
      const entry = answer + ANSWER_KEYS + i * ANSWER_KEY_BYTES;
      this.#view.setUint32(entry + 4, change, true);
      this.#view.setUint32(entry + 8, writer.length, true);
    }
  }
}

/** A call that must not have happened has a status; anything else is a fault of this code. */
function statusOf(error: unknown, status: number): number {
  if (!isCallRefusal(error)) throw error;
  return status;
}
