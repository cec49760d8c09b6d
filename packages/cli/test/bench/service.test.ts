// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  additions,
  kvPuts,
  loadLedger,
  openAccounts,
  transfers,
} from "../../src/bench/service/ledger-calls.ts";
import { ServiceSubject } from "../../src/bench/service/service-subject.ts";

const RECORDS = 100;

describe("zeta bench service", () => {
  it("measures certified calls of a service", async () => {
    const ledger = await loadLedger();
    const subject = new ServiceSubject(ledger);
    subject.certified(openAccounts(ledger, RECORDS));
    const calls = [...additions(ledger, RECORDS, 300), ...transfers(ledger, RECORDS, 300)];
    expect(subject.certified(calls)).toBeGreaterThan(0);
    expect(subject.isCertified()).toBe(true);
    // A call that no certificate speaks of yet.
    subject.call(calls[0] as (typeof calls)[0]);
    expect(subject.isCertified()).toBe(false);
  });

  it("measures certified puts as the baseline", () => {
    const subject = new ServiceSubject(null);
    const { load, calls } = kvPuts(RECORDS, 700);
    subject.certified([...load, ...calls]);
    expect(subject.isCertified()).toBe(true);
  });
});
