// SPDX-License-Identifier: Apache-2.0
/** Whose requests a server answers, by what stands in their heads. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { AllowedHosts } from "../src/allowed-hosts.ts";
import { hostNames } from "../src/host-names.ts";

interface Listening {
  /** The address that it listens on; default 127.0.0.1. */
  readonly host?: string;
  readonly names?: readonly string[];
}

/** What a server with this rule says to the bytes of a request: `answered`, or why not. */
async function asked(request: string, { host = "127.0.0.1", names = [] }: Listening = {}) {
  const server = createServer({ requireHostHeader: false });
  const hosts = new AllowedHosts(server, { names: hostNames(names, "names"), setting: "names" });
  server.on("request", (heard, response) => {
    const refusal = hosts.refusal(heard);
    response.end(refusal === null ? "answered" : `${refusal.kind}: ${refusal.detail}`);
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => server.closeAllConnections());
  const { address, port } = server.address() as AddressInfo;
  const socket = connect(port, address.replace(/^0\.0\.0\.0$/, "127.0.0.1"));
  socket.end(request);
  const answer = await text(socket);
  server.close();
  return answer.split("\r\n\r\n")[1]?.replace(/^[0-9a-f]+\r\n|\r\n0$/g, "");
}

const get = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

describe("a server on a loopback address answers", () => {
  test.each([
    "localhost",
    "localhost:7070",
    "LOCALHOST:7070",
    "localhost.",
    "localhost.:7070",
    "localhost:",
    "app.localhost:7070",
    "127.0.0.1",
    "127.0.0.1:7070",
    "[::1]:7070",
    "[::1]",
    "192.0.2.7:80",
    "[2001:DB8::1]",
  ])("for %s", async (host) => {
    expect(await asked(get(host))).toBe("answered");
  });

  test.each([
    "evil.test",
    "evil.test:7070",
    "EVIL.TEST.",
    "",
    ":7070",
    "localhost.evil.test",
    "127.0.0.1.evil.test",
    "notlocalhost",
    "localhost..",
    ".localhost.evil",
    "127.1",
    "2130706433",
    "0x7f000001",
    "%6cocalhost",
    "null",
  ])("not for %j", async (host) => {
    const name = JSON.stringify(host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase());
    expect(await asked(get(host))).toBe(
      `not_allowed: expected localhost, an IP address or a name of names as host, got ${name}`,
    );
  });

  test.each([
    "me@localhost",
    "localhost/evil",
    "localhost, evil.test",
    "localhost evil.test",
    "[::1",
    "[localhost]",
    "[127.0.0.1]",
    "::1",
    "localhost:port",
    "localhost:7070:7070",
    "http://localhost",
  ])("nobody who writes %j", async (host) => {
    expect(await asked(get(host))).toBe(
      `malformed: expected HOST[:PORT] as Host, got ${JSON.stringify(host)}`,
    );
  });

  test("one Host, and not two", async () => {
    const twice = "GET / HTTP/1.1\r\nHost: localhost\r\nhOST: evil.test\r\n\r\n";
    expect(await asked(twice)).toBe("malformed: expected one Host header, got 2");
    const same = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n";
    expect(await asked(same)).toBe("malformed: expected one Host header, got 2");
  });

  test("HTTP/1.0 without a Host, and HTTP/1.1 not", async () => {
    expect(await asked("GET / HTTP/1.0\r\n\r\n")).toBe("answered");
    expect(await asked("GET / HTTP/1.0\r\nHost: evil.test\r\n\r\n")).toMatch(/^not_allowed: /);
    const without = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    expect(await asked(without)).toBe("malformed: expected a Host header, got none");
  });

  test("a target that names a host only if that is allowed, too", async () => {
    const absolute = (target: string, host: string) =>
      asked(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await absolute("http://localhost:7070/", "localhost:7070")).toBe("answered");
    expect(await absolute("http://evil.test/", "localhost")).toMatch(/not_allowed: .*"evil.test"/);
    expect(await absolute("HTTPS://evil.test", "localhost")).toMatch(/not_allowed: /);
    expect(await absolute("http://localhost/", "evil.test")).toMatch(/not_allowed: /);
    expect(await absolute("http://localhost@evil.test/", "localhost")).toMatch(/^malformed: /);
    expect(await absolute("http://evil.test?localhost/", "localhost")).toMatch(/not_allowed: /);
    expect(await asked("GET http://evil.test/ HTTP/1.0\r\n\r\n")).toMatch(/^not_allowed: /);
  });
});

describe("names that the operator lists", () => {
  const names = ["Zeta.Example.org", "box."];

  test("are answered, beside what always is", async () => {
    for (const host of ["zeta.example.org", "ZETA.example.ORG.:443", "box", "localhost", "[::1]"]) {
      expect([host, await asked(get(host), { names })]).toEqual([host, "answered"]);
    }
    for (const host of ["a.zeta.example.org", "example.org", "evil.test"]) {
      expect(await asked(get(host), { names })).toMatch(/^not_allowed: /);
    }
  });

  test("hold on addresses that others can reach, too", async () => {
    expect(await asked(get("evil.test"), { host: "0.0.0.0", names })).toMatch(/^not_allowed: /);
    expect(await asked(get("box"), { host: "0.0.0.0", names })).toBe("answered");
  });

  test("without any a server that others can reach answers under all, but to requests in order", async () => {
    expect(await asked(get("evil.test"), { host: "0.0.0.0" })).toBe("answered");
    expect(await asked(get(""), { host: "0.0.0.0" })).toBe("answered");
    expect(await asked(get("a b"), { host: "0.0.0.0" })).toMatch(/^malformed: /);
  });
});

test("it is the address that counts, whatever name it was given", async () => {
  for (const host of ["localhost", "127.0.0.2", "::ffff:127.0.0.1"]) {
    expect([host, await asked(get("evil.test"), { host })]).toEqual([
      host,
      expect.stringMatching(/^not_allowed: /),
    ]);
  }
});
