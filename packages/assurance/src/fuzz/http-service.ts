// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { utf8 } from "@zeta/protocol/bytes";
import { createParts } from "@zeta/service/create-parts";
import { Engine } from "@zeta/service/engine";
import { createHttpApp } from "@zeta/service/http/app";
import { createMetrics } from "@zeta/service/metrics";
import type { FuzzResult } from "./fuzz.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { makeSamples } from "./samples.ts";

const FAILURES_MAX = 5;
const SHOWN_MAX = 400;

interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: Buffer;
}

/** Sends mutated requests to a whole service: each must be answered with a status below 500. Outcomes are pairs of route and status. */
export async function fuzzHttp(seed: number, requests: number): Promise<FuzzResult> {
  const random = new Random(seed);
  const anyRequest = requestMaker(seed, random);
  const { app, close } = startService();
  const outcomes = new Set<string>();
  const failures: string[] = [];
  let accepted = 0;
  try {
    for (let i = 0; i < requests; i++) {
      const request = anyRequest();
      const { statusCode } = await app.inject(request);
      outcomes.add(`${request.method} ${request.url.split("/", 3).join("/")} ${statusCode}`);
      if (statusCode < 300) accepted++;
      if (statusCode < 500 || failures.length >= FAILURES_MAX) continue;
      const what = `${request.method} ${request.url} ${request.payload?.toString() ?? ""}`;
      failures.push(`status ${statusCode}: ${what.slice(0, SHOWN_MAX)}`);
    }
  } finally {
    await close();
  }
  const target = "HTTP requests to a service";
  return { target, inputs: requests, accepted, outcomes: outcomes.size, failures };
}

function requestMaker(seed: number, random: Random): () => HttpRequest {
  const { operations, receiptIds } = makeSamples(seed);
  const body = (sample: unknown): Buffer => {
    const bytes = utf8(JSON.stringify(mutateJson(sample, random)) ?? "");
    return Buffer.from(random.oneIn(4) ? mutateBytes([bytes], random) : bytes);
  };
  const json = { "content-type": "application/json" };
  // No URL has half a surrogate pair: the caller's own library refuses it.
  const segment = (text: string): string =>
    encodeURI(Buffer.from(String(mutateJson(text, random))).toString());
  const kinds: readonly (() => HttpRequest)[] = [
    () => ({ method: "POST", url: "/v1/ops", headers: json, payload: body(operations) }),
    () => ({ method: "POST", url: "/v1/receipts", headers: json, payload: body(receiptIds) }),
    () => {
      const method = random.pick(["GET", "PUT", "DELETE"] as const);
      const id = random.oneIn(2) ? "07".repeat(16) : segment("07".repeat(16));
      const headers = {
        "content-type": random.pick(["application/octet-stream", "text/plain", "x"]),
        ...(random.oneIn(2) && { "zeta-request-id": id }),
      };
      const payload = Buffer.from(random.bytes(random.below(40)));
      const url = `/v1/kv/${segment("al%20ice")}`;
      return { method, url, headers, ...(method === "PUT" && { payload }) };
    },
    () => ({ method: "GET", url: `/v1/receipts/${segment("07".repeat(16))}`, headers: {} }),
    () => ({ method: "GET", url: `/v1/epochs/${segment("0")}`, headers: {} }),
  ];
  return () => random.pick(kinds)();
}

function startService() {
  const metrics = createMetrics({ process: false });
  const module = loadMonitorModule("bytes");
  const engine = new Engine({
    createParts: () => createParts({ serviceId: "kv", slots: 64 }, module),
    serviceId: "kv",
    epochMs: null,
    metrics,
  });
  const app = createHttpApp(engine, { metrics, allowAttacks: false });
  const close = async (): Promise<void> => {
    await engine.close(1000);
    await app.close();
  };
  return { app, close };
}
