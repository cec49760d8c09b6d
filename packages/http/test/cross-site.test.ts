// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { type CrossSiteRules, crossSiteRefusal } from "../src/cross-site.ts";

const RULES: CrossSiteRules = { origins: new Set(), mayNavigate: true, setting: "--allow-origin" };

function refusal(
  headers: IncomingHttpHeaders,
  rules: Partial<CrossSiteRules> = {},
  method = "GET",
) {
  const request = { method, headers: { host: "localhost:7070", ...headers } };
  return crossSiteRefusal(request as IncomingMessage, { ...RULES, ...rules });
}

const EVIL = "https://evil.test";
const LINK = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

describe("is answered", () => {
  test.each<[string, IncomingHttpHeaders]>([
    ["a program", {}],
    ["a program that sends what fetch of Node does", { "sec-fetch-mode": "cors" }],
    ["the service's own page", { "sec-fetch-site": "same-origin" }],
    [
      "its own page behind a proxy that changes the Host",
      { "sec-fetch-site": "same-origin", origin: "https://zeta.example.org" },
    ],
    ["its own page in an old browser", { origin: "http://localhost:7070" }],
    ["its own page behind TLS, in an old browser", { origin: "https://localhost:7070" }],
    ["whoever types the address", { "sec-fetch-site": "none", ...LINK }],
    ["whoever follows a link", { "sec-fetch-site": "cross-site", ...LINK }],
  ])("%s", (_who, headers) => {
    expect(refusal(headers)).toBeNull();
  });

  test("a page of an origin that is listed", () => {
    const headers = { "sec-fetch-site": "cross-site", origin: EVIL };
    expect(refusal(headers, { origins: new Set([EVIL]) }, "POST")).toBeNull();
    expect(refusal(headers, { origins: new Set(["*"]) }, "POST")).toBeNull();
    expect(refusal({ "sec-fetch-site": "cross-site" }, { origins: new Set(["*"]) })).toBeNull();
  });
});

describe("is refused", () => {
  test.each<[string, IncomingHttpHeaders]>([
    ["an image, or a fetch without CORS", { "sec-fetch-site": "cross-site" }],
    ["another port of this machine", { "sec-fetch-site": "same-site" }],
    ["a foreign page", { "sec-fetch-site": "cross-site", origin: EVIL }],
    ["a foreign page in an old browser", { origin: EVIL }],
    ["a sandboxed frame, a file", { origin: "null" }],
    ["another port, in an old browser", { origin: "http://localhost:7071" }],
    ["a name that begins alike", { origin: "http://localhost:7070.evil.test" }],
    ["what no browser says", { "sec-fetch-site": "same-origin, cross-site" }],
    ["an empty word", { "sec-fetch-site": "" }],
    [
      "a frame",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    ],
    [
      "a WebSocket",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "websocket", origin: EVIL },
    ],
  ])("%s", (_who, headers) => {
    const got = headers.origin === undefined ? "another origin" : JSON.stringify(headers.origin);
    expect(refusal(headers)).toBe(
      `expected a request of no page of another origin unless it is one of --allow-origin, got one of ${got}`,
    );
  });

  test("a form, and a link where links are calls", () => {
    const link = { "sec-fetch-site": "cross-site", ...LINK };
    expect(refusal({ ...link, origin: EVIL }, {}, "POST")).toContain("https://evil.test");
    expect(refusal(link, { mayNavigate: false })).toContain("got one of another origin");
  });

  test("an origin beside those that are listed, and one that does not say which it is", () => {
    const origins = new Set(["https://app.example.org"]);
    expect(refusal({ "sec-fetch-site": "cross-site", origin: EVIL }, { origins })).not.toBeNull();
    expect(refusal({ "sec-fetch-site": "cross-site" }, { origins })).not.toBeNull();
  });
});
