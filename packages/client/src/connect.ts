// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { ServiceApi } from "./http/service-api.ts";
import { type Fetch, Transport } from "./http/transport.ts";
import { TransportError } from "./http/transport-error.ts";
import { REQUEST_TIMEOUT_MS } from "./limits.ts";
import { InstanceWatch } from "./live/instance-watch.ts";
import { RefusedError } from "./refusal.ts";
import { resolveTrust, type Trust } from "./trust.ts";
import { checkAttestation } from "./verify/check-attestation.ts";
import { writeEvidence } from "./write-evidence.ts";
import { ZetaClient } from "./zeta-client.ts";

export interface ConnectOptions {
  /**
   * What to trust; without it only hardware quotes of the monitor that this release was built with.
   */
  readonly trust?: Trust;
  /** Instead of the platform's fetch: for proxies and tests. */
  readonly fetch?: Fetch;
  /** Sent with every request, for example an authorization of the user's own front. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait for one HTTP answer, milliseconds; 10 000 unless said. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Connects to a service: checks its quote, key, instance and monitor, and takes its newest
 * certificate as the start of the chain.
 *
 * @throws RefusedError `attestation_rejected`, `certificate_invalid`, `service_error` or
 * `network_error`; ZetaError for bad options.
 * @example
 * const zeta = await connect("http://127.0.0.1:7070", { trust: { simulation: true } });
 * const got = await zeta.get("alice");
 * const proof = await got.certified();
 * console.log(String(got.value), proof.epoch, proof.report());
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<ZetaClient> {
  const { headers = {}, timeoutMs = REQUEST_TIMEOUT_MS, signal } = options;
  const trust = resolveTrust(options.trust ?? {});
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const api = new ServiceApi(new Transport(url, { fetch, headers, timeoutMs }));
  const attestation = await asRefusal(null, () => api.attestation(signal));
  const findings = await checkAttestation(attestation, trust.policy);
  if (findings.failure !== null) {
    const { check, detail } = findings.failure;
    const refusal = { code: "attestation_rejected", check, detail } as const;
    const evidence = writeEvidence({ attestation, refusal });
    throw new RefusedError("attestation_rejected", detail, { check, evidence });
  }
  const watch = new InstanceWatch(api, attestation, trust);
  await asRefusal(attestation, () => watch.begin(signal));
  if (watch.refusal !== null) throw watch.refusal;
  return new ZetaClient(api, watch, findings, trust);
}

async function asRefusal<T>(
  attestation: ServiceAttestation | null,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const { code, message: detail, problem: check } = error;
    const evidence =
      attestation && writeEvidence({ attestation, refusal: { code, check, detail } });
    throw new RefusedError(code, detail, { check, evidence, cause: error });
  }
}
