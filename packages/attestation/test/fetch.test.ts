// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "@zeta/protocol/hex";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dcapCollateralToText } from "../src/dcap/collateral.ts";
import { verifyEvidence } from "../src/evidence.ts";
import { fetchSnpCollateral } from "../src/fetch/amd-collateral.ts";
import { memoryCache } from "../src/fetch/cache.ts";
import { directoryCache } from "../src/fetch/directory-cache.ts";
import { fetchDcapCollateral, sliceSignedJson } from "../src/fetch/intel-collateral.ts";
import { amdWorld, CHIP_ID } from "./support/amd-world.ts";
import { codeOf } from "./support/codes.ts";
import { NOW, world } from "./support/intel-world.ts";
import { dcapSample, snpSample } from "./support/samples.ts";
import { pem } from "./support/test-pki.ts";

const wait = async (): Promise<void> => undefined;

interface Server {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: string[];
}

/** Answers by the part of the URL after the host; anything else is 404. */
function server(answers: Readonly<Record<string, () => Response>>): Server {
  const asked: string[] = [];
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    const url = new URL(String(input));
    const path = url.pathname + url.search;
    asked.push(path);
    return answers[path]?.() ?? new Response("not found", { status: 404 });
  };
  return { fetch: fetch as typeof globalThis.fetch, asked };
}

const near = dcapSample("tdx-v4/near");
const collateral = near.collateral;
if (collateral === null) throw new Error("the sample has collateral");
const { tcbInfo, qeIdentity, rootCrl, pckCrl } = collateral;

const body = (bytes: Uint8Array): BodyInit => Uint8Array.from(bytes);
const PATHS = {
  tcb: "/tdx/certification/v4/tcb?fmspc=20a06f000000&update=standard",
  qe: "/tdx/certification/v4/qe/identity?update=standard",
  pckCrl: "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
  rootCrl: "/IntelSGXRootCA.der",
};

function signed(name: string, json: typeof tcbInfo, header: string): () => Response {
  const text = `{"${name}":${json.text},"signature":"${toHex(json.signature)}"}`;
  return () => new Response(text, { headers: { [header]: encodeURIComponent(json.issuerChain) } });
}

const INTEL = {
  [PATHS.tcb]: signed("tcbInfo", tcbInfo, "TCB-Info-Issuer-Chain"),
  [PATHS.qe]: signed("enclaveIdentity", qeIdentity, "SGX-Enclave-Identity-Issuer-Chain"),
  [PATHS.pckCrl]: () => new Response(body(pckCrl)),
  [PATHS.rootCrl]: () => new Response(body(rootCrl)),
};

describe("collateral of Intel", () => {
  it("is asked for by what the quote says, and verifies", async () => {
    const { fetch, asked } = server(INTEL);
    const fetched = await fetchDcapCollateral(near.quote, { fetch, at: near.at });
    expect(fetched).toEqual({ ...collateral, pckChain: null });
    expect(asked.sort()).toEqual(Object.values(PATHS).sort());
    const evidence = await verifyEvidence(near.quote, { at: near.at, collateral: fetched });
    expect(evidence.tee).toBe("tdx");
  });

  it("comes from the cache while it is in force", async () => {
    const { fetch, asked } = server(INTEL);
    const cache = memoryCache();
    const first = await fetchDcapCollateral(near.quote, { fetch, cache, at: near.at });
    expect(await fetchDcapCollateral(near.quote, { fetch, cache, at: near.at })).toEqual(first);
    expect(asked.length).toBe(4);
    await fetchDcapCollateral(near.quote, { fetch, cache, at: new Date(Date.UTC(2026, 0, 1)) });
    expect(asked.length).toBe(8);
  });

  it("is fetched again when a certificate of its signer has lapsed", async () => {
    const made = world({ certificates: { signer: { notAfter: NOW + 1000 } } });
    const cache = { ...memoryCache(), get: async () => dcapCollateralToText(made.collateral) };
    const { fetch } = server({});
    const outcome = (at: number) =>
      codeOf(() => fetchDcapCollateral(made.quote, { fetch, cache, at: new Date(at) }));
    expect(await outcome(NOW + 1000)).toBe("accepted");
    expect(await outcome(NOW + 1001)).toBe("FETCH_FAILED");
  });

  it("is fetched again when the cache holds garbage", async () => {
    const { fetch, asked } = server(INTEL);
    const cache = { get: async () => "{", set: async () => undefined };
    await fetchDcapCollateral(near.quote, { fetch, cache, at: near.at });
    expect(asked.length).toBe(4);
  });

  it("waits when the server is busy, as long as the server says", async () => {
    let busy = 2;
    const pauses: number[] = [];
    const { fetch } = server({
      ...INTEL,
      [PATHS.rootCrl]: () => {
        busy -= 1;
        if (busy === 1) return new Response("", { status: 429, headers: { "retry-after": "7" } });
        return busy === 0 ? new Response("", { status: 503 }) : new Response(body(rootCrl));
      },
    });
    const pause = async (milliseconds: number): Promise<void> => {
      pauses.push(milliseconds);
    };
    await fetchDcapCollateral(near.quote, { fetch, wait: pause, at: near.at });
    expect(pauses).toEqual([7000, 2000]);
  });

  const failures: [string, string, () => Response, string][] = [
    ["404", PATHS.tcb, () => new Response("", { status: 404 }), "FETCH_FAILED"],
    ["a server that stays busy", PATHS.qe, () => new Response("", { status: 503 }), "FETCH_FAILED"],
    [
      "an endless answer",
      PATHS.pckCrl,
      () => new Response(new Uint8Array(1_100_000)),
      "FETCH_FAILED",
    ],
    [
      "an answer that breaks off",
      PATHS.tcb,
      () =>
        new Response(new ReadableStream({ start: (body) => body.error(new TypeError("reset")) })),
      "FETCH_FAILED",
    ],
    ["no network", PATHS.qe, () => Response.error(), "FETCH_FAILED"],
    [
      "no chain",
      PATHS.tcb,
      () => new Response('{"tcbInfo":{},"signature":""}'),
      "COLLATERAL_MALFORMED",
    ],
    ["an error page", PATHS.tcb, () => new Response("<html>"), "COLLATERAL_MALFORMED"],
    [
      "bytes that are no text",
      PATHS.tcb,
      () => new Response(Uint8Array.of(0xff, 0xfe)),
      "COLLATERAL_MALFORMED",
    ],
  ];
  it.each(failures)("is refused with %s", async (_name, path, answer, code) => {
    const { fetch } = server({ ...INTEL, [path]: answer });
    expect(await codeOf(() => fetchDcapCollateral(near.quote, { fetch, wait, at: near.at }))).toBe(
      code,
    );
  });

  it("stops when the caller does", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const fetch = (() => Promise.reject(new Error("network"))) as typeof globalThis.fetch;
    const stopped = fetchDcapCollateral(near.quote, {
      fetch,
      at: near.at,
      signal: controller.signal,
    });
    await expect(stopped).rejects.toThrow("enough");
  });

  it("cuts the signed text out as it stands", async () => {
    const signature = "ab".repeat(64);
    const text = '{ "a" : 1,"signature":"no" }';
    expect(
      sliceSignedJson(`{"tcbInfo":${text},"signature":"${signature}"}\n`, "tcbInfo").text,
    ).toBe(text);
    for (const wrong of [
      `{"tcbInfo" :${text},"signature":"${signature}"}`,
      `{"tcbInfo":${text}}`,
      "",
    ]) {
      expect(await codeOf(() => sliceSignedJson(wrong, "tcbInfo"))).toBe("COLLATERAL_MALFORMED");
    }
  });
});

describe("collateral of AMD", () => {
  const made = amdWorld();
  const { vek, ask, ark, crl } = made.collateral;
  if (crl === null) throw new Error("the world has a list");
  const vcek = `/vcek/v1/Milan/${toHex(CHIP_ID)}?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219`;
  const AMD = {
    [vcek]: () => new Response(body(vek)),
    "/vcek/v1/Milan/cert_chain": () => new Response(pem(ask, ark)),
    "/vcek/v1/Milan/crl": () => new Response(body(crl)),
  };

  it("is asked for by chip and reported TCB, and verifies", async () => {
    const { fetch, asked } = server(AMD);
    const cache = memoryCache();
    const fetched = await fetchSnpCollateral(made.quote, { fetch, cache, at: made.at });
    expect(fetched).toEqual(made.collateral);
    expect(await fetchSnpCollateral(made.quote, { fetch, cache, at: made.at })).toEqual(fetched);
    expect(asked).toEqual(Object.keys(AMD));
    expect((await verifyEvidence(made.quote, { ...made, collateral: fetched })).tee).toBe(
      "sev-snp",
    );
  });

  it("names Turin's chips by eight bytes and its versions by five", async () => {
    const sample = snpSample("sev-snp/microsoft-turin");
    const { fetch, asked } = server({});
    await codeOf(() => fetchSnpCollateral(sample.quote, { fetch, at: sample.at }));
    expect(asked).toEqual([
      "/vcek/v1/Turin/59790fb1c39f35c1?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=81",
    ]);
  });

  it("needs a product for old reports, and the provider's key for a VLEK", async () => {
    const old = snpSample("sev-snp/virtee-milan");
    const { fetch, asked } = server({});
    expect(await codeOf(() => fetchSnpCollateral(old.quote, { fetch, at: old.at }))).toBe(
      "COLLATERAL_MISSING",
    );
    const named = { fetch, at: old.at, product: "Milan" } as const;
    expect(await codeOf(() => fetchSnpCollateral(old.quote, named))).toBe("FETCH_FAILED");
    const vlek = snpSample("sev-snp/trustee-milan-VLEK");
    expect(await codeOf(() => fetchSnpCollateral(vlek.quote, { fetch, at: vlek.at }))).toBe(
      "COLLATERAL_MISSING",
    );
    expect(asked.length).toBe(1);
  });

  it("takes the provider's key as given and fetches what is above it", async () => {
    const cloud = amdWorld({ vlek: true });
    const above = pem(cloud.collateral.ask, cloud.collateral.ark);
    const list = cloud.collateral.crl ?? new Uint8Array(0);
    const { fetch } = server({
      "/vlek/v1/Milan/cert_chain": () => new Response(above),
      "/vlek/v1/Milan/crl": () => new Response(body(list)),
    });
    const options = { fetch, at: cloud.at, vlek: cloud.collateral.vek };
    expect(await fetchSnpCollateral(cloud.quote, options)).toEqual(cloud.collateral);
  });
});

describe("a cache directory", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "zeta-cache-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("keeps entries by plain names only", async () => {
    const cache = directoryCache(join(directory, "new"));
    expect(await cache.get("intel-tdx")).toBeNull();
    await cache.set("intel-tdx", "one");
    await cache.set("intel-tdx", "two");
    expect(await directoryCache(join(directory, "new")).get("intel-tdx")).toBe("two");
    await expect(cache.get("../secret")).rejects.toThrow("plain name");
  });
});
