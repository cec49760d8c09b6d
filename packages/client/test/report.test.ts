// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { writeEvidence } from "../src/write-evidence.ts";
import { certifiedAnswer } from "./support/certified-answer.ts";
import { connected, TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";
import { FakeService } from "./support/fake-service.ts";

describe("the report", () => {
  it("says what was checked, what it proves and what it does not, in a dozen aligned lines", async () => {
    const service = new FakeService();
    service.closeEpoch();
    const zeta = await connected(service);
    await zeta.put("alice", "100");
    const got = await zeta.get("alice");
    service.closeEpoch();
    const report = (await got.certified()).report();
    const { publicKey, instanceId, measurement } = service.enclave.attestation;
    const hash = toHex(zeta.head?.hash ?? new Uint8Array()).slice(0, 16);
    expect(report.split("\n")).toEqual([
      "SIMULATED TEE",
      "verdict      certified",
      `key          ${toHex(publicKey)}, instance ${toHex(instanceId).slice(0, 16)}..`,
      "quote        SIMULATED TEE: signed by a throw-away key; proves nothing about hardware",
      'binding      all 64 bytes bind key, instance, monitor and purpose "service"',
      `monitor      monitor module ${toHex(measurement)} is allowed (named by the caller)`,
      `certificate  epoch 1, ${hash}.., 2 operations so far, signed by the attested key`,
      "chain        certificate 2 of an unbroken chain, the first (epoch 0) taken on trust",
      "receipt      leaf 2 of 2, thread 0, epoch 1",
      expect.stringMatching(/^answer bound 1 hashes lead to the certified root [0-9a-f]{16}\.\.$/),
      `question     get "alice", request ${toHex(got.requestId)}`,
      'told         "100"',
      "proves       one order of all calls up to that epoch gives exactly this answer (if the simulated TEE is believed)",
      "not proved   who made the other calls (the host can call, too), and anything after that epoch",
    ]);
  });

  it("shows foreign bytes so that they cannot paint over it", async () => {
    const key = new TextEncoder().encode("k\nverdict      certified");
    const value = new Uint8Array(100).fill(0x61);
    const call = { operation: "put", key, value } as const;
    const answer = certifiedAnswer(new FakeEnclave(31), [[call, { existed: true }]], 0);
    const { report } = await verifyEvidence(writeEvidence(answer), TRUST);
    expect(report()).toContain(`put 0x${toHex(key)} = "${"a".repeat(60)}".. (100 bytes)`);
    expect(report()).toContain("told         done, the key existed");
  });

  it("says which step failed, and that nothing is proven", async () => {
    const key = new TextEncoder().encode("k");
    const answer = certifiedAnswer(
      new FakeEnclave(32),
      [[{ operation: "delete", key }, { existed: false }]],
      0,
    );
    const lie = writeEvidence({ ...answer, result: Uint8Array.of(1) });
    const { report, verdict } = await verifyEvidence(lie, TRUST);
    expect(verdict).toBe("rejected");
    expect(report()).toContain("verdict      rejected (answer_mismatch)");
    expect(report()).toMatch(/^answer bound FAILED: expected the certified root/m);
    expect(report()).toContain("proves       nothing");
  });

  it("names the check of a violation, and survives a file that cannot be read", async () => {
    const enclave = new FakeEnclave(33);
    const evidence = writeEvidence({
      attestation: enclave.attestation,
      violation: enclave.violation("M.hash"),
    });
    const violation = (await verifyEvidence(evidence, TRUST)).report();
    expect(violation).toContain(
      "violation    check M.hash: the monitor refused byte 1234 of thread 0's log in epoch 0",
    );
    const malformed = (await verifyEvidence({}, TRUST)).report();
    expect(malformed).toMatch(/^verdict {6}rejected \(evidence_malformed\)\nfile {9}FAILED: /);
  });
});
