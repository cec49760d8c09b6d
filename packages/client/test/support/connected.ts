// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { onTestFinished } from "vitest";
import { type ConnectOptions, connect } from "../../src/connect.ts";
import type { RefusedError } from "../../src/refusal.ts";
import { isRefused } from "../../src/refusal.ts";
import type { ZetaClient } from "../../src/zeta-client.ts";
import { TEST_MEASUREMENT } from "./fake-enclave.ts";
import type { FakeService } from "./fake-service.ts";

/** Trusts the fake enclave. */
export const TRUST = { simulation: true, measurements: [toHex(TEST_MEASUREMENT)] };

/** A client of the fake service that is closed when the test ends. */
export async function connected(
  service: FakeService,
  options: ConnectOptions = {},
): Promise<ZetaClient> {
  const zeta = await connect("http://zeta.test", {
    trust: TRUST,
    fetch: service.fetch,
    ...options,
  });
  onTestFinished(() => zeta.close());
  return zeta;
}

/** The refusal that `work` ends with; fails when it does not. */
export async function refusalFrom(work: Promise<unknown>): Promise<RefusedError> {
  try {
    await work;
  } catch (error) {
    if (isRefused(error)) return error;
    throw error;
  }
  throw new Error("expected a refusal, got a result");
}
