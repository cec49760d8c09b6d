// SPDX-License-Identifier: Apache-2.0
/** The line of instances that leads from an empty store to the one that answers: honest, and broken in each way. */
import {
  type Ancestor,
  LINEAGE_MAX,
  lineageToJson,
  type ServiceLineage,
} from "@zeta/attestation/service-lineage";
import { decodeCheckpoint } from "@zeta/protocol/checkpoint";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { describe, expect, it } from "vitest";
import { LINEAGE_BODY_BYTES_MAX } from "../src/limits.ts";
import { resolveTrust } from "../src/trust.ts";
import { ancestorHash, checkLineage } from "../src/verify/check-lineage.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { connected, refusalFrom, TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";
import { FakeService, json, problem } from "./support/fake-service.ts";

const { policy } = resolveTrust(TRUST);

/** The lineage of an instance after `seeds.length` restarts, with two epochs in each instance. */
function lineageOf(seeds: readonly number[], from: ServiceLineage = []): ServiceLineage {
  return seeds.reduce((lineage, seed) => {
    const enclave = new FakeEnclave(seed, { lineage });
    enclave.closeEpoch();
    enclave.closeEpoch();
    return enclave.lineageFrom();
  }, from);
}

const three = lineageOf([41, 42, 43]);
const [first, second, third] = three as [Ancestor, Ancestor, Ancestor];
const living = new FakeEnclave(44, { lineage: three });

async function verdictOn(lineage: ServiceLineage, given = policy) {
  const { attestation } = living;
  const { steps, failure } = await checkLineage({ attestation, lineage }, given);
  return { step: steps[0], code: failure?.code ?? null, check: failure?.check ?? null };
}

/** An instance in the second place that ends in a checkpoint of its own making, and the third after it. */
function changed(change: (enclave: FakeEnclave) => Uint8Array, enclave?: FakeEnclave) {
  const middle = enclave ?? new FakeEnclave(42, { lineage: [first] });
  middle.closeEpoch();
  middle.closeEpoch();
  return lineageOf([43], middle.lineageFrom(change(middle)));
}

describe("a lineage", () => {
  it("leads from an empty store through every restart", async () => {
    const { step, code } = await verdictOn(three);
    expect(code).toBeNull();
    expect(step).toEqual({
      name: "lineage",
      ok: true,
      detail: "from an empty store through 3 restarts, each attested; calls counted since",
    });
    expect((await verdictOn([first])).step?.detail).toMatch(/through 1 restart, each/);
  });

  it("of nobody is no step: the statements say that the instance began from nothing", async () => {
    expect(await verdictOn([])).toEqual({ step: undefined, code: null, check: null });
  });

  const busy = {
    ...first,
    checkpoint: new FakeEnclave(41).checkpoint({ epoch: 1, operations: 9n }),
  };
  const stranger = new FakeEnclave(45, { measurement: new Uint8Array(32), lineage: [first] });
  const lies: [string, ServiceLineage, RegExp][] = [
    [
      "a swapped order",
      [second, first, third],
      /ancestor 1 of 3: expected an instance that began from nothing/,
    ],
    [
      "a missing first ancestor",
      [second, third],
      /ancestor 1 of 2: expected an instance that began from nothing/,
    ],
    [
      "a missing ancestor between",
      [first, third],
      /ancestor 2 of 2: expected .* began from checkpoint/,
    ],
    [
      "an ancestor twice",
      [first, second, second, third],
      /ancestor 3 of 4: expected .* began from/,
    ],
    [
      "a checkpoint that is not the origin of the next",
      [busy, second, third],
      /ancestor 2 of 3: expected .* began from checkpoint/,
    ],
    [
      "a checkpoint of another key",
      changed((enclave) => {
        const { instanceId } = enclave.attestation;
        return new FakeEnclave(46, { lineage: [first] }).checkpoint({ instanceId, epoch: 3 });
      }),
      /ancestor 2 of 3: expected a checkpoint signed by its attested key/,
    ],
    [
      "a checkpoint about another instance",
      changed((enclave) => enclave.checkpoint({ instanceId: new Uint8Array(32) })),
      /ancestor 2 of 3: expected instance/,
    ],
    [
      "a checkpoint of another service",
      changed((enclave) => enclave.checkpoint({ serviceId: "bank" })),
      /ancestor 2 of 3: expected service kv, got bank/,
    ],
    [
      "an ancestor of another service",
      changed(
        (enclave) => enclave.checkpoint(),
        new FakeEnclave(42, { lineage: [first], serviceId: "bank" }),
      ),
      /ancestor 2 of 3: expected service kv, got bank/,
    ],
    [
      "a checkpoint of another profile",
      changed((enclave) => enclave.checkpoint({ profile: "kv64" })),
      /ancestor 2 of 3: expected profile bytes/,
    ],
    [
      "a checkpoint of other code",
      changed((enclave) => enclave.checkpoint({ measurement: new Uint8Array(32) })),
      /ancestor 2 of 3: expected monitor/,
    ],
    [
      "epochs that do not ascend",
      changed((enclave) => enclave.checkpoint({ epoch: 1 })),
      /ancestor 2 of 3: expected a checkpoint after epoch 1, got one of epoch 1/,
    ],
    [
      "calls that were forgotten",
      changed(
        (enclave) => enclave.checkpoint({ operations: 8n }),
        new FakeEnclave(42, { lineage: [busy] }),
      ),
      /ancestor 2 of 3: expected at least 9 operations, got 8/,
    ],
  ];
  it.each(lies)("is refused with %s", async (_name, lineage, detail) => {
    const { step, code } = await verdictOn(lineage);
    expect(code).toBe("lineage_invalid");
    expect(step).toMatchObject({ name: "lineage", ok: false });
    expect(step?.detail).toMatch(detail);
  });

  it("is refused with bytes that are no checkpoint, under the decoder's code", async () => {
    const { code, check } = await verdictOn([{ ...first, checkpoint: new Uint8Array(300) }]);
    expect([code, check]).toEqual(["lineage_invalid", "D.length"]);
  });

  it("is refused with an ancestor that the policy does not accept, under the policy's code", async () => {
    const lineage = changed((enclave) => enclave.checkpoint(), stranger);
    expect(await verdictOn(lineage)).toMatchObject({
      code: "lineage_invalid",
      check: "MEASUREMENT_NOT_ALLOWED",
    });
    const hardwareOnly = { ...policy, allowSimulation: false };
    expect(await verdictOn(three, hardwareOnly)).toMatchObject({
      code: "lineage_invalid",
      check: "SIMULATION_NOT_ALLOWED",
    });
  });

  it("that was checked is not checked a second time, but a new ancestor is", async () => {
    const checked = new Set<string>();
    const { attestation } = living;
    expect(
      (await checkLineage({ attestation, lineage: three }, policy, checked)).failure,
    ).toBeNull();
    expect(checked.size).toBe(3);
    const nobody = { allowSimulation: false, measurements: [] };
    expect(
      (await checkLineage({ attestation, lineage: three }, nobody, checked)).failure,
    ).toBeNull();
    const four = lineageOf([47], three);
    const { failure } = await checkLineage({ attestation, lineage: four }, nobody, checked);
    expect(failure?.detail).toMatch(/^ancestor 4 of 4: /);
    // Remembered ancestors must still stand in their places.
    const swapped = { attestation, lineage: [first, third] };
    expect((await checkLineage(swapped, policy, checked)).failure?.code).toBe("lineage_invalid");
  });

  it(`has at most ${LINEAGE_MAX} ancestors`, async () => {
    // One key for all, no epochs, and quotes and signatures checked before: what counts here is the number.
    const enclave = new FakeEnclave(48);
    const { attestation } = enclave;
    let origin: Uint8Array = NO_ORIGIN;
    const more = Array.from({ length: LINEAGE_MAX + 1 }, (_, epoch) => {
      const checkpoint = enclave.checkpoint({ epoch, origin });
      origin = decodeCheckpoint(checkpoint).hash;
      return { attestation, checkpoint };
    });
    const longest = more.slice(0, LINEAGE_MAX);
    const checked = new Set(longest.slice(0, -1).map(ancestorHash));
    const verdict = (lineage: ServiceLineage) =>
      checkLineage({ attestation, lineage }, policy, checked);
    expect((await verdict(longest)).failure).toBeNull();
    expect(checked.size).toBe(LINEAGE_MAX);
    const [step] = (await verdict(more)).steps;
    expect(step?.detail).toBe(`expected at most ${LINEAGE_MAX} ancestors, got ${LINEAGE_MAX + 1}`);
    expect(JSON.stringify(lineageToJson(longest)).length).toBeLessThan(LINEAGE_BODY_BYTES_MAX);
  });
});

describe("connecting to an instance that continues others", () => {
  function restarted(): FakeService {
    const service = new FakeService();
    service.enclave = new FakeEnclave(44, { lineage: three });
    return service;
  }

  it("checks them, and says so in report and evidence", async () => {
    const service = restarted();
    const zeta = await connected(service);
    expect(zeta.attestationSteps.map(({ name }) => name)).toEqual([
      "quote",
      "report-data",
      "instance",
      "measurement",
      "lineage",
    ]);
    const got = await zeta.get("k");
    expect(got.epoch).toBe(6);
    service.closeEpoch();
    const proof = await got.certified();
    const line =
      "lineage      from an empty store through 3 restarts, each attested; calls counted since";
    expect(proof.report().split("\n")).toContain(line);
    const evidence = JSON.parse(JSON.stringify(proof.evidence()));
    const judged = await verifyEvidence(evidence, TRUST);
    expect(judged.verdict).toBe("certified");
    expect(judged.report().split("\n")).toContain(line);
    // Without its lineage, or with another one, the same file certifies nothing.
    const { lineage: _, ...without } = evidence;
    expect(await verifyEvidence(without, TRUST)).toMatchObject({ code: "certificate_invalid" });
    const shorter = { ...evidence, lineage: evidence.lineage.slice(0, 2) };
    expect(await verifyEvidence(shorter, TRUST)).toMatchObject({ code: "certificate_invalid" });
    const cut = { ...evidence, lineage: evidence.lineage.slice(1) };
    expect(await verifyEvidence(cut, TRUST)).toMatchObject({ code: "lineage_invalid" });
  });

  it("refuses one whose lineage does not hold, with evidence that is judged the same", async () => {
    const service = restarted();
    service.lies.response = (path) =>
      path === "v1/lineage" ? json(lineageToJson([first, third])) : undefined;
    const refusal = await refusalFrom(connected(service));
    expect(refusal.code).toBe("lineage_invalid");
    const evidence = JSON.parse(JSON.stringify(refusal.evidence));
    expect(await verifyEvidence(evidence, TRUST)).toMatchObject({
      verdict: "rejected",
      code: "lineage_invalid",
    });
  });

  it("refuses certificates of an instance that keeps its lineage to itself", async () => {
    const service = restarted();
    service.closeEpoch();
    service.lies.response = (path) =>
      path === "v1/lineage" ? problem(404, "unknown_path", "no such thing") : undefined;
    const refusal = await refusalFrom(connected(service));
    expect(refusal.code).toBe("certificate_invalid");
    expect(refusal.message).toContain("began from nothing");
  });

  it("refuses certificates that began from nothing under a lineage", async () => {
    const service = new FakeService();
    service.closeEpoch();
    service.lies.response = (path) =>
      path === "v1/lineage" ? json(lineageToJson(three)) : undefined;
    expect((await refusalFrom(connected(service))).code).toBe("certificate_invalid");
  });

  it("takes a service that knows no lineages for one that began from nothing", async () => {
    const service = new FakeService();
    service.closeEpoch();
    service.lies.response = (path) =>
      path === "v1/lineage" ? problem(404, "unknown_path", "no such thing") : undefined;
    const zeta = await connected(service);
    expect(zeta.head?.certificate.epoch).toBe(0);
  });

  it("takes a malformed lineage for no answer", async () => {
    const service = restarted();
    service.lies.response = (path) => (path === "v1/lineage" ? json({ ancestors: 1 }) : undefined);
    expect(await refusalFrom(connected(service))).toMatchObject({
      code: "service_error",
      check: "malformed_answer",
    });
  });

  it("takes a violation of it, and only with its origin", async () => {
    const service = restarted();
    const zeta = await connected(service);
    service.fail(service.enclave.violation("M.hash", { origin: new Uint8Array(32) }));
    expect((await refusalFrom(zeta.get("k"))).code).toBe("service_error");
    service.fail(service.enclave.violation("M.hash"));
    const refusal = await refusalFrom(zeta.get("k"));
    expect(refusal.code).toBe("violation");
    const evidence = JSON.parse(JSON.stringify(refusal.evidence));
    expect(await verifyEvidence(evidence, TRUST)).toMatchObject({
      verdict: "violation",
      check: "M.hash",
    });
    const { lineage: _, ...without } = evidence;
    expect(await verifyEvidence(without, TRUST)).toMatchObject({ code: "violation_invalid" });
  });
});
