// SPDX-License-Identifier: Apache-2.0
import type { SignedCertificate } from "@zeta/protocol/certificate";
import { expect, test } from "vitest";
import {
  EPOCHS_KEPT,
  median,
  NO_EPOCHS,
  withCertificate,
  withWait,
} from "../src/model/epoch-history.ts";

const certificate = (epoch: number, operations: number) =>
  ({
    certificate: { epoch, operations: BigInt(operations) },
    hash: Uint8Array.of(epoch),
  }) as unknown as SignedCertificate;

test("calls of an epoch are what was certified since the one before", () => {
  let history = withCertificate(NO_EPOCHS, certificate(5, 100));
  history = withCertificate(history, certificate(6, 100));
  history = withCertificate(history, certificate(7, 130));
  expect(history.epochs.map(({ epoch, operations }) => [epoch, operations])).toEqual([
    [5, null],
    [6, 0],
    [7, 30],
  ]);
  expect([history.first, history.operations]).toEqual([5, 130n]);
});

test("a certificate that is known already changes nothing", () => {
  const history = withCertificate(NO_EPOCHS, certificate(5, 100));
  expect(withCertificate(history, certificate(5, 100))).toBe(history);
});

test("waits belong to the epoch of their answers", () => {
  let history = withCertificate(NO_EPOCHS, certificate(5, 0));
  history = withCertificate(history, certificate(6, 2));
  history = withWait(withWait(history, 6, 640), 6, 700);
  expect(history.epochs.map(({ waits }) => waits)).toEqual([[], [640, 700]]);
  expect(withWait(history, 4, 1).epochs).toEqual(history.epochs);
});

test("only the last epochs are kept", () => {
  let history = NO_EPOCHS;
  for (let epoch = 0; epoch < EPOCHS_KEPT + 3; epoch++) {
    history = withCertificate(history, certificate(epoch, epoch));
  }
  expect([history.epochs.length, history.epochs[0]?.epoch, history.first]).toEqual([
    EPOCHS_KEPT,
    3,
    0,
  ]);
});

test("the median of an even number is the lower of two", () => {
  expect([[], [3], [3, 1], [9, 1, 3]].map(median)).toEqual([null, 3, 1, 3]);
});
