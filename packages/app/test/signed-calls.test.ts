// SPDX-License-Identifier: Apache-2.0
import { callMessage } from "@zeta/protocol/call-message";
import { callerKey, signCallMessage, verifyCallMessage } from "@zeta/protocol/call-signature";
import { describe, expect, test } from "vitest";
import { defineService } from "../src/define-service.ts";
import { fail, operation, record, t } from "../src/index.ts";
import { runLocally } from "../src/run-locally.ts";
import { loadProgram } from "../src/sandbox/load-program.ts";
import { verifySignature } from "../src/sandbox/verify-signature.ts";
import { messageOfCall, signCall } from "../src/sign-call.ts";
import { bundleText } from "./support/load-source.ts";

const SECRET = new Uint8Array(32).fill(7);
const key = callerKey(SECRET);
const coded = (code: string) => expect.objectContaining({ code });

const cell = record({
  key: t.choice(["cell"]),
  value: t.object({ n: t.integer(), sequence: t.integer() }),
});
const parts = {
  arguments: t.object({ n: t.integer(), signature: t.signature() }),
  result: t.integer(),
  touches: { cell },
  keys: () => ({ cell: "cell" }) as const,
};
const sequenceOf = (records: { readonly cell: { readonly sequence: number } | null }) =>
  records.cell?.sequence ?? 0;

const trial = defineService({
  name: "trial",
  version: "1",
  records: { cell },
  operations: {
    set: operation({
      ...parts,
      signer: (_, records) => ({ key, sequence: sequenceOf(records) }),
      run: ({ n }, records) => ({
        result: records.cell?.n ?? 0,
        writes: { cell: { n, sequence: sequenceOf(records) + 1 } },
      }),
    }),
    /** The same arguments, for another purpose. */
    again: operation({
      ...parts,
      signer: (_, records) => ({ key, sequence: sequenceOf(records) }),
      run: (_, records) => ({
        result: 0,
        writes: { cell: { n: 0, sequence: sequenceOf(records) + 1 } },
      }),
    }),
    forgetful: operation({
      ...parts,
      signer: (_, records) => ({ key, sequence: sequenceOf(records) }),
      run: ({ n }, records) => ({ result: n, writes: n < 0 ? {} : { cell: records.cell } }),
    }),
    keyless: operation({
      ...parts,
      signer: () => ({ key: key.slice(1), sequence: 0 }),
      run: () => ({ result: 0 }),
    }),
    refusing: operation({
      ...parts,
      signer: () => fail("nobody_signs"),
      run: () => ({ result: 0 }),
    }),
  },
});

type SignedOperation = keyof typeof trial.operations;

function signed(name: SignedOperation, n: number, sequence: number, secret = SECRET) {
  return signCall(trial, { operation: name, args: { n }, sequence }, secret);
}

describe("a call with a signer", () => {
  test("counts once, for the operation, the arguments and the sequence number that were signed", () => {
    const local = runLocally(trial);
    const first = signed("set", 5, 0);
    expect(local.set(first)).toBe(0);
    for (const args of [
      first,
      signed("again", 6, 1),
      signed("set", 6, 2),
      signed("set", 6, 1, new Uint8Array(32).fill(8)),
      { ...signed("set", 6, 1), n: 7 },
      { n: 6, signature: new Uint8Array(64) },
    ]) {
      expect(() => local.set(args)).toThrow(coded("invalid_signature"));
    }
    expect(local.set(signed("set", 6, 1))).toBe(5);
  });

  test("that leaves the sequence number where it was is refused", () => {
    const local = runLocally(trial);
    local.set(signed("set", 5, 0));
    for (const n of [1, -1]) {
      expect(() => local.forgetful(signed("forgetful", n, 1))).toThrow(coded("sequence_stands"));
    }
  });

  test("is refused with what its signer says, if that is no signer", () => {
    const local = runLocally(trial);
    expect(() => local.keyless(signed("keyless", 1, 0))).toThrow(coded("invalid_signer"));
    expect(() => local.refusing(signed("refusing", 1, 0))).toThrow("nobody_signs");
  });

  test("is signed over bytes that anybody can put together", () => {
    const argument = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5, 0, 64);
    const message = callMessage({ service: "trial", operation: "set", sequence: 3, argument });
    expect(messageOfCall(trial, { operation: "set", args: { n: 5 }, sequence: 3 })).toEqual(
      message,
    );
    const text = Buffer.from(message).toString("latin1");
    expect(text).toBe(
      `\x0czeta.call.v1\x05trial\x03set${"\0".repeat(7)}\x03${"\0".repeat(7)}\x05\0\x40`,
    );
    expect(signed("set", 5, 3).signature).toEqual(signCallMessage(message, SECRET));
  });
});

test("an operation with a signer ends its arguments with the signature", async () => {
  const service = (
    args: string,
  ) => `import { defineService, operation, record, t } from "@zeta/app";
    const cell = record({ key: t.text(), value: t.integer() });
    export default defineService({ name: "trial", version: "1", records: { cell }, operations: {
      call: operation({
        arguments: ${args}, result: t.integer(), touches: { cell }, keys: () => ({ cell: "a" }),
        signer: () => ({ key: new Uint8Array(32), sequence: 0 }), run: () => ({ result: 0 }),
      } as any),
    } });`;
  const load = async (args: string) => loadProgram(await bundleText(service(args)));
  await load("t.object({ n: t.integer(), signature: t.signature() })");
  for (const args of [
    "t.object({ n: t.integer() })",
    "t.object({ signature: t.signature(), n: t.integer() })",
    "t.object({ n: t.integer(), signature: t.optional(t.signature()) })",
    "t.object({ n: t.integer(), signature: t.bytes({ maxLength: 64 }) })",
    "t.object({ n: t.integer(), signed: t.signature() })",
    "t.signature()",
    "t.array(t.signature())",
  ]) {
    await expect(load(args), args).rejects.toThrow(coded("service_invalid"));
  }
});

test("in the sandbox a signature is what it is outside", () => {
  const message = new Uint8Array(100).fill(1);
  const signature = signCallMessage(message, SECRET);
  const flipped = (bytes: Uint8Array, at: number) =>
    bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const cases: [Uint8Array, Uint8Array, Uint8Array, boolean][] = [
    [message, signature, key, true],
    [flipped(message, 99), signature, key, false],
    [message.subarray(1), signature, key, false],
    [message, signature.subarray(1), key, false],
    [message, signature, key.subarray(1), false],
    [message, signature, new Uint8Array(32).fill(0xff), false],
    [message, new Uint8Array(64), key, false],
    [message, plusOrder(signature), key, false],
  ];
  for (let at = 0; at < 64; at++) cases.push([message, flipped(signature, at), key, false]);
  for (let at = 0; at < 32; at++) cases.push([message, signature, flipped(key, at), false]);
  for (const [i, [bytes, sign, who, expected]] of cases.entries()) {
    expect(verifySignature(bytes, sign, who), `sandbox, case ${i}`).toBe(expected);
    expect(verifyCallMessage(bytes, sign, who), `protocol, case ${i}`).toBe(expected);
  }
});

/** The other encoding of the same scalar, which RFC 8032 §5.1.7 refuses. */
function plusOrder(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let scalar = order;
  for (let i = 0; i < 32; i++) scalar += BigInt(signature[32 + i] ?? 0) << BigInt(8 * i);
  const other = signature.slice();
  for (let i = 0; i < 32; i++) other[32 + i] = Number((scalar >> BigInt(8 * i)) & 0xffn);
  return other;
}
