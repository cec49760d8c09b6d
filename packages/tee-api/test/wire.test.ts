// SPDX-License-Identifier: Apache-2.0
/** Golden bodies in both forms: what went over the wire once must be read for ever. */
import { describe, expect, test } from "vitest";
import { BatchInputSchema, ClaimAnswerSchema, SuccessSchema } from "../src/answers.ts";
import { checkerOf } from "../src/check.ts";
import * as legacy from "../src/legacy.ts";
import { isProblemCode, PROBLEMS, problemOf } from "../src/problem.ts";
import * as requests from "../src/requests.ts";
import { bytesOfHex, bytesOfLegacy, hexOf } from "../src/wire-bytes.ts";

const KEY = `02${"ab".repeat(32)}`;
const LEASE = "0123456789abcdef0123456789abcdef";
const JOB = {
  batch_number: 7,
  service: "kv",
  previous_root: "11".repeat(32),
  root: "22".repeat(32),
  receipts_root: "00".repeat(32),
  digest: "33".repeat(32),
  bytes: 5,
  lease: LEASE,
  lease_seconds: 60,
  attempt: 1,
};

describe("our own form", () => {
  const golden = [
    [
      "register",
      requests.RegisterRequestSchema,
      `{"attestation":"0a0b0c","pubkey":"${KEY}","tee_type":"sev-snp"}`,
    ],
    [
      "register again",
      requests.RegisterRequestSchema,
      `{"attestation":"0A0B0C","pubkey":"${KEY}","tee_type":"sgx","additional":true}`,
    ],
    [
      "claim",
      requests.ClaimRequestSchema,
      `{"tee_type":"tdx","pubkey":"${KEY}","lease":"${LEASE}"}`,
    ],
    [
      "submit",
      requests.SubmitRequestSchema,
      `{"signature":"${"44".repeat(65)}","pubkey":"${KEY}","proof":"${"22".repeat(32)}","tee_type":"simulation","lease":"${LEASE}"}`,
    ],
    [
      "fail",
      requests.FailureRequestSchema,
      `{"tee_type":"sgx","lease":"${LEASE}","kind":"rejected","check":"M.hash","error":"another hash"}`,
    ],
    ["renew", requests.LeaseRequestSchema, `{"lease":"${LEASE}"}`],
    ["job", ClaimAnswerSchema, JSON.stringify({ Z1: JOB })],
    ["success", SuccessSchema, '"Success"'],
  ] as const;

  test.each(golden)("%s is read", (_name, schema, text) => {
    expect(checkerOf(schema)(JSON.parse(text))).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test.each(golden.filter(([name]) => name !== "success" && name !== "job"))(
    "%s: no other member, no member missing, no other type",
    (_name, schema, text) => {
      const check = checkerOf(schema);
      const body = JSON.parse(text) as Record<string, unknown>;
      expect(check({ ...body, extra: 1 }).ok).toBe(false);
      for (const name of Object.keys(body)) {
        const { [name]: _gone, ...rest } = body;
        const isOptional = name === "additional" || name === "check";
        expect([name, check(rest).ok]).toEqual([name, isOptional]);
        expect([name, check({ ...body, [name]: 17 }).ok]).toEqual([name, false]);
        expect([name, check({ ...body, [name]: null }).ok]).toEqual([name, false]);
      }
    },
  );

  test.each(["Sgx", "SGX", "none", "sev_snp", ""])("TEE type %j is none", (tee_type) => {
    const body = { tee_type, pubkey: KEY, lease: LEASE };
    expect(checkerOf(requests.ClaimRequestSchema)(body).ok).toBe(false);
  });

  test("batch numbers are u32", () => {
    const check = checkerOf(BatchInputSchema);
    const { lease: _l, lease_seconds: _s, attempt: _a, ...input } = JOB;
    const fits = (batch_number: unknown) => check({ ...input, batch_number }).ok;
    expect([0, 0xffff_ffff].map(fits)).toEqual([true, true]);
    expect([-1, 0x1_0000_0000, 1.5, "7", null].map(fits)).toEqual(Array(5).fill(false));
  });
});

describe("the zkSync form", () => {
  const hexForm =
    '{"signature":"0A0B0C0D0E","pubkey":"0a0b","proof":"0A0B0C0D0E","tee_type":"sgx"}';
  const integerForm =
    '{"signature":[10,11,12,13,14],"pubkey":[10,11],"proof":[10,11,12,13,14],"tee_type":"sgx"}';

  test("hex of either case and arrays of integers say the same", () => {
    const check = checkerOf(legacy.LegacySubmitRequestSchema);
    const read = (text: string) => {
      const checked = check(JSON.parse(text));
      if (!checked.ok) throw new Error(checked.why);
      const { signature, pubkey, proof } = checked.value;
      return [signature, pubkey, proof].map((value) => hexOf(bytesOfLegacy(value)!));
    };
    expect(read(hexForm)).toEqual(["0a0b0c0d0e", "0a0b", "0a0b0c0d0e"]);
    expect(read(integerForm)).toEqual(read(hexForm));
  });

  test("members that are not known are ignored, as they were", () => {
    const check = checkerOf(legacy.LegacyRegisterRequestSchema);
    expect(check({ attestation: [4, 3], pubkey: "0506", more: true }).ok).toBe(true);
  });

  test.each(["Sgx", "SGX", "sev-snp", "simulation"])("TEE type %j is none", (tee_type) => {
    expect(checkerOf(legacy.LegacyClaimRequestSchema)({ tee_type }).ok).toBe(false);
  });

  test.each([["0g"], ["abc"], [[256]], [[-1]], [[1.5]], [["1"]], [7], [null], [{}]])(
    "%j are no bytes",
    (value) => {
      expect(bytesOfLegacy(value)).toBeNull();
    },
  );

  test("written as the peer reads it", () => {
    const bytes = Uint8Array.of(4, 3, 2, 1, 0);
    expect(JSON.stringify(legacy.legacyBytes(bytes, "hex"))).toBe('"0403020100"');
    expect(JSON.stringify(legacy.legacyBytes(bytes, "integers"))).toBe("[4,3,2,1,0]");
  });
});

test("hex goes out in lower case and comes in in either", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect(bytesOfHex(hexOf(bytes))).toEqual(bytes);
  expect(bytesOfHex(hexOf(bytes).toUpperCase())).toEqual(bytes);
  expect(hexOf(Uint8Array.of(171))).toBe("ab");
});

test("every problem has a status of its own kind and a body", () => {
  for (const [code, [status]] of Object.entries(PROBLEMS)) {
    if (!isProblemCode(code)) throw new Error(code);
    expect(problemOf(code, "why")).toMatchObject({ status, code, detail: "why" });
    expect(status).toBeGreaterThanOrEqual(400);
  }
  expect(isProblemCode("toString")).toBe(false);
});
