// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate } from "@zeta/protocol/certificate";
import { expect, it } from "vitest";
import { CertificateChain } from "../src/certificate-chain.ts";
import { PROVEN_EPOCHS_KEPT } from "../src/limits.ts";
import { ProvenEpochs } from "../src/live/proven-epochs.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";

const enclave = new FakeEnclave(1);
const { attestation } = enclave;
const instance = { attestation, lineage: [], steps: [], chain: new CertificateChain(attestation) };
const one = decodeCertificate(enclave.closeEpoch());

/** Proven by a certificate of this epoch. */
function of(epoch: number) {
  return { certificate: { ...one, certificate: { ...one.certificate, epoch } }, instance };
}

function epochsAfter(proven: ProvenEpochs, epoch: number): readonly number[] {
  return proven.after(epoch).map(({ certificate }) => certificate.certificate.epoch);
}

it("keeps each epoch once, in any order", () => {
  const proven = new ProvenEpochs();
  for (const epoch of [7, 5, 7, 9]) proven.add(of(epoch));
  expect(proven.additions).toBe(3);
  expect(epochsAfter(proven, -1)).toEqual([7, 5, 9]);
  expect(epochsAfter(proven, 5)).toEqual([7, 9]);
  proven.forgetBefore(7);
  expect(epochsAfter(proven, -1)).toEqual([7, 9]);
});

it("is bounded: those that were proven first go first", () => {
  const proven = new ProvenEpochs();
  for (let epoch = 0; epoch <= PROVEN_EPOCHS_KEPT; epoch++) proven.add(of(epoch));
  expect(proven.after(-1)).toHaveLength(PROVEN_EPOCHS_KEPT);
  expect(epochsAfter(proven, -1)[0]).toBe(1);
  expect(proven.additions).toBe(PROVEN_EPOCHS_KEPT + 1);
});
