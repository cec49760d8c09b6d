// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import type { Service } from "@zeta/app";
import { bundleService } from "@zeta/app/bundle-service";
import { toHex } from "@zeta/protocol/hex";
import { loadAppService } from "@zeta/service/app-service";
import { startService } from "@zeta/service/serve";
import { expect, onTestFinished } from "vitest";
import {
  connect,
  isRefused,
  type ServiceClient,
  type Trust,
  verifyEvidence,
} from "../../src/index.ts";
import { LyingHost } from "./lying-host.ts";

/** A service on a real port with its client, who trusts the service's code, and its host. */
export interface Hosted<S extends Service> {
  readonly calls: ServiceClient<S>;
  readonly host: LyingHost;
  readonly trust: Trust;
}

const codes = new Map<string, string>();

async function codeOf({ manifest }: Service): Promise<string> {
  const known = codes.get(manifest.name);
  if (known !== undefined) return known;
  const path = `../../../app/src/services/${manifest.name}.ts`;
  const code = await bundleService(fileURLToPath(new URL(path, import.meta.url)));
  codes.set(manifest.name, code);
  return code;
}

/** Starts one of the built-in services, for the running test. */
export async function hosted<S extends Service>(service: S): Promise<Hosted<S>> {
  const code = await codeOf(service);
  const { program, codeHash } = loadAppService(code);
  const running = await startService({
    ...{ port: 0, epochMs: 20, processMetrics: false, serviceCode: code },
    ...{ slots: 256, valueMemoryBytes: 16 << 20 },
  });
  onTestFinished(() => running.close());
  const trust = { simulation: true, serviceCode: toHex(codeHash) };
  const client = await connect(running.url, { trust });
  onTestFinished(() => client.close());
  return { calls: client.service(service), host: new LyingHost(running.engine, program), trust };
}

/** Asks until the client refuses; what it refuses with, after anybody's check of its evidence. */
export async function refusalOf(
  trust: Trust,
  ask: () => Promise<{ certified(): Promise<unknown> }>,
): Promise<{ readonly code: string; readonly check: string | null; readonly verdict: string }> {
  try {
    await (await ask()).certified();
  } catch (error) {
    if (!isRefused(error)) throw error;
    const evidence = JSON.parse(JSON.stringify(error.evidence));
    const { verdict, check } = await verifyEvidence(evidence, trust);
    expect(check).toBe(error.check);
    return { code: error.code, check, verdict };
  }
  throw new Error("expected a refusal, got a certified lie");
}
