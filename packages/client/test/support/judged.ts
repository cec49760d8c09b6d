// SPDX-License-Identifier: Apache-2.0
import type { RefusedError } from "../../src/refusal.ts";
import { verifyEvidence } from "../../src/verify-evidence.ts";
import type { ZetaClient } from "../../src/zeta-client.ts";
import { TRUST } from "./connected.ts";
import { FakeEnclave } from "./fake-enclave.ts";
import { FakeService } from "./fake-service.ts";

/** A service with a checkpoint of its empty store in epoch 0, as one that keeps its data makes it. */
export function durable(): FakeService {
  const service = new FakeService();
  service.closeEpoch();
  return service;
}

/** The lineage of an instance that goes on from the checkpoint that `before`, the first of its service, made in epoch 0. */
export function fromEpoch0(before: FakeEnclave) {
  const first = new FakeEnclave(1);
  first.closeEpoch();
  return before.lineageFrom(first.checkpoint());
}

/** What anybody makes of the evidence in a refusal. */
export async function judged(refusal: RefusedError) {
  const evidence = JSON.parse(JSON.stringify(refusal.evidence));
  const { verdict, code } = await verifyEvidence(evidence, TRUST);
  return { verdict, code };
}

/** Asks once in each of `count` epochs and has the answers certified. */
export async function askedAndCertified(service: FakeService, zeta: ZetaClient, count: number) {
  const proofs = [];
  for (let i = 0; i < count; i++) {
    const put = await zeta.put(`k${i}`, "v");
    service.closeEpoch();
    proofs.push(await put.certified());
  }
  return proofs;
}
