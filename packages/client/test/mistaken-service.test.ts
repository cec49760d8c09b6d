// SPDX-License-Identifier: Apache-2.0
/**
 * Function numbers and bytes mean one thing to one service and another thing to another. A host that runs the one and is asked in the words
 * of the other could have its answer certified honestly, and read as something else.
 */
import { defineService, operation, record, t } from "@zeta/app";
import { toHex } from "@zeta/protocol/hex";
import { serviceMeasurement } from "@zeta/protocol/measurement";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { writeEvidence } from "../src/write-evidence.ts";
import { certifiedAnswer } from "./support/certified-answer.ts";
import { connected, TRUST } from "./support/connected.ts";
import { FakeEnclave, TEST_MEASUREMENT } from "./support/fake-enclave.ts";
import { FakeService, json } from "./support/fake-service.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const login = record({ key: t.text(), value: t.boolean() });

/** Its first operation has the number of `get`; what `get` says of an empty value, `01`, is its `true`. */
const gate = defineService({
  name: "gate",
  version: "1",
  records: { login },
  operations: {
    mayEnter: operation({
      arguments: t.object({ name: t.text() }),
      result: t.boolean(),
      touches: { login },
      keys: ({ name }) => ({ login: name }),
      run: (_, { login: found }) => ({ result: found ?? false }),
    }),
  },
});

/** SHA-256 of some code. */
const CODE = "ab".repeat(32);

/** An instance that runs some service, if its code is given. */
function enclaveOf(seed: number, code: string | null): FakeEnclave {
  if (code === null) return new FakeEnclave(seed);
  const measurement = serviceMeasurement(
    TEST_MEASUREMENT,
    Uint8Array.from(Buffer.from(code, "hex")),
  );
  return new FakeEnclave(seed, { measurement });
}

describe("a client that trusts the key-value service alone", () => {
  it("asks nothing in the words of another: the host would answer by records that it wrote itself", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    // The host: `mayEnter {"name":"eve"}` is `get` of these bytes.
    const argument = Uint8Array.of(0, 3, ...bytes("eve"));
    await zeta.put(argument, "");
    service.lies.response = async (path, init) => {
      if (path !== "v1/ops/mayEnter") return json({}, 404);
      const { "zeta-request-id": requestId } = init.headers as Record<string, string>;
      const key = Buffer.from(argument).toString("base64");
      delete service.lies.response;
      const body = JSON.stringify({ operations: [{ operation: "get", requestId, key }] });
      const answered = await service.fetch("http://zeta.test/v1/ops", { ...init, body });
      const { results } = (await answered.json()) as { results: { epoch: number }[] };
      return json({ requestId, epoch: results[0]?.epoch, thread: 0, result: true });
    };
    const call = zeta.service(gate).mayEnter({ name: "eve" });
    await expect(call).rejects.toThrow(expect.objectContaining({ code: "service_not_trusted" }));
  });
});

describe("a client that trusts a service of its own", () => {
  it("asks nothing in the words of the key-value service", async () => {
    const service = new FakeService();
    service.enclave = enclaveOf(1, CODE);
    const zeta = await connected(service, { trust: { ...TRUST, serviceCode: CODE } });
    await expect(zeta.get("alice")).rejects.toThrow(
      expect.objectContaining({ code: "service_not_trusted" }),
    );
  });
});

describe("evidence", () => {
  const get = { operation: "get", key: bytes("alice") } as const;
  const answerOf = (code: string | null) =>
    certifiedAnswer(enclaveOf(41, code), [[get, { value: bytes("100") }]], 0);

  it("of a service is no evidence of the key-value service", async () => {
    const evidence = writeEvidence(answerOf(CODE));
    const judged = await verifyEvidence(evidence, { ...TRUST, serviceCode: CODE });
    expect(judged.verdict).toBe("rejected");
    expect(judged.code).toBe("receipt_mismatch");
    expect(judged.report()).toContain("expected a question to the service whose code is trusted");
  });

  it("says which function answered: its name is the word of whoever wrote the file", async () => {
    const answer = answerOf(null);
    const question = { ...answer.question, operation: "deposit", function: 0 };
    const { verdict, report } = await verifyEvidence(writeEvidence({ ...answer, question }), TRUST);
    expect(verdict).toBe("certified");
    expect(report()).toContain(
      `question     function 0 (the file calls it deposit) of 0x${toHex(get.key)}, request `,
    );
  });

  it("shows that it does not show all of an argument or a result", async () => {
    const value = new Uint8Array(31).fill(7);
    const put = { operation: "put", key: new Uint8Array(31).fill(9), value } as const;
    const answer = certifiedAnswer(enclaveOf(42, null), [[put, { existed: false }]], 0);
    const question = { ...answer.question, operation: "deposit", function: 1 };
    const { report } = await verifyEvidence(writeEvidence({ ...answer, question }), TRUST);
    expect(report()).toContain(`0x001f${"09".repeat(28)}.. (64 bytes), request`);
  });
});
