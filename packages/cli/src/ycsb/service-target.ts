// SPDX-License-Identifier: Apache-2.0
import type { Proof, ZetaClient } from "@zeta/client";
import { connectTo } from "../kv/open-client.ts";
import type { Target, TargetAnswer, TargetCall } from "./target.ts";

/** The longest epoch that a run waits for. */
const TIMEOUT_MS = 120_000;

/** A running service, used through the SDK: it verifies the certificate of every epoch, and the receipts it is asked for. */
export async function openServiceTarget(url: string): Promise<Target> {
  return new ServiceTarget(await connectTo(url, { simulation: true }));
}

class ServiceTarget implements Target {
  readonly #client: ZetaClient;
  readonly #unwatch: () => void;
  readonly #sampled: Promise<Proof>[] = [];
  #listener: (epoch: number) => void = () => {};
  #head: number;
  #wake: () => void = () => {};

  constructor(client: ZetaClient) {
    this.#client = client;
    this.#head = client.head?.certificate.epoch ?? -1;
    this.#unwatch = client.watch({
      certificate: ({ certificate }) => this.#takeNews(certificate.epoch),
      refusal: () => this.#wake(),
    });
  }

  #takeNews(epoch: number): void {
    // The watch may tell again what it told before.
    if (epoch <= this.#head) return;
    this.#head = epoch;
    this.#listener(epoch);
    this.#wake();
  }

  onCertified(listener: (epoch: number) => void): void {
    this.#listener = listener;
  }

  async batch(calls: readonly TargetCall[]): Promise<readonly TargetAnswer[]> {
    const answers = await this.#client.batch(calls);
    return answers.map((answer, i) => {
      if (calls[i]?.sample) this.#sample(answer.certified({ timeoutMs: TIMEOUT_MS }));
      return { epoch: answer.epoch, value: answer.value?.bytes ?? null };
    });
  }

  #sample(proof: Promise<Proof>): void {
    // A refusal is reported when the run is settled, not as an unhandled rejection before.
    proof.catch(() => {});
    this.#sampled.push(proof);
  }

  async settle(epoch: number): Promise<number> {
    const deadline = setTimeout(() => this.#wake(), TIMEOUT_MS);
    const end = performance.now() + TIMEOUT_MS;
    while (this.#head < epoch && this.#client.refusal === null && performance.now() < end) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(deadline);
    if (this.#client.refusal !== null) throw this.#client.refusal;
    const proofs = await Promise.all(this.#sampled);
    return proofs.length;
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#client.close();
  }
}
