// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { assert } from "@zeta/protocol/error";
import { ServiceApi } from "./http/service-api.ts";
import { type Fetch, Transport } from "./http/transport.ts";
import { TransportError } from "./http/transport-error.ts";
import { REQUEST_TIMEOUT_MS } from "./limits.ts";
import { InstanceWatch } from "./live/instance-watch.ts";
import { introduce } from "./live/introduce.ts";
import { type RefusalCode, RefusedError } from "./refusal.ts";
import { resolveTrust, type Trust } from "./trust.ts";
import type { InstanceClaim } from "./verify/beginning.ts";
import type { Findings } from "./verify/findings.ts";
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
 * Connects to a service: checks its quote, key, instance and monitor, and those of the instances that it continues; takes its newest
 * certificate as the start of the chain.
 *
 * @throws RefusedError `attestation_rejected`, `lineage_invalid`, `certificate_invalid`, `service_error` or
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
  const judgement = { policy: trust.policy, checked: new Set<string>() };
  const { claim, findings, instance } = await asRefusal(attestation, () =>
    introduce(attestation, api, judgement, signal),
  );
  if (instance === null) throw unacceptable(claim, findings);
  const watch = new InstanceWatch(api, instance, judgement);
  await asRefusal(attestation, () => watch.begin(signal));
  if (watch.refusal !== null) throw watch.refusal;
  return new ZetaClient(api, watch, trust);
}

function unacceptable(claim: InstanceClaim, { failure }: Findings): RefusedError {
  assert(failure !== null, "a failure of an instance that is not acceptable");
  const { check, detail } = failure;
  // An instance's own checks fail with codes of refusals only.
  const code = failure.code as RefusalCode;
  const evidence = writeEvidence({ ...claim, refusal: { code, check, detail } });
  return new RefusedError(code, detail, { check, evidence });
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
