// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, Server } from "node:http";
import { BlockList, isIP, isIPv4 } from "node:net";
import { authorityOf, hostOf } from "./authority.ts";
import { shown } from "./shown.ts";

/** Why a request is not answered: it does not say for which host it is (RFC 9112 §3.2), or it is for none of ours. */
export interface HostRefusal {
  readonly kind: "malformed" | "not_allowed";
  readonly detail: string;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * The hosts for which a server answers. A page whose name its owner makes point at 127.0.0.1 (DNS rebinding) is, to the browser, of one origin
 * with whatever listens there: it could ask everything and read every answer. Such a request still says in Host under which name it was sent.
 *
 * A host that nobody can make point elsewhere is always answered: an address, and `localhost` (RFC 6761 §6.3). Other names are those that the
 * operator lists. The rule holds for a server on a loopback address, and with a list for every server; without a list a server that others can
 * reach answers under all names, since it cannot know its own.
 *
 * @example
 * const hosts = new AllowedHosts(server, { names: hostNames(allowHosts, "allowHosts"), setting: "allowHosts" });
 * const refusal = hosts.refusal(request);
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  readonly #setting: string;
  /** Until it is known where the server listens, as if it were a loopback address. */
  #isChecked = true;
  /** The Host that was found good last: clients send the same one again and again. */
  #good: string | null = null;

  /** To be made before the server listens. */
  constructor(
    server: Server,
    { names, setting }: { readonly names: ReadonlySet<string>; readonly setting: string },
  ) {
    this.#names = names;
    this.#setting = setting;
    server.on("listening", () => {
      this.#isChecked = names.size > 0 || isLoopback(server);
    });
  }

  /**
   * Why this request is not answered; null: it may be.
   *
   * @param target as it was sent, where somebody has rewritten `request.url`.
   */
  refusal(request: IncomingMessage, target = request.url ?? ""): HostRefusal | null {
    const given = hostsOf(request.rawHeaders);
    const [host] = given;
    if (host === undefined && request.httpVersion === "1.1") {
      return malformed("expected a Host header, got none");
    }
    if (given.length > 1) return malformed(`expected one Host header, got ${given.length}`);
    // HTTP/1.0 knows no Host, and no browser speaks it: a request without one is nobody's page.
    const fromHeader = host === undefined ? null : this.#refusalOf(host);
    const authority = authorityOf(target);
    return fromHeader ?? (authority === null ? null : this.#refusalOf(authority));
  }

  #refusalOf(authority: string): HostRefusal | null {
    if (authority === this.#good) return null;
    const host = hostOf(authority);
    if (host === null) return malformed(`expected HOST[:PORT] as Host, got ${shown(authority)}`);
    if (this.#isChecked && !this.#isAllowed(host)) {
      const detail = `expected localhost, an IP address or a name of ${this.#setting} as host, got ${shown(host)}`;
      return { kind: "not_allowed", detail };
    }
    this.#good = authority;
    return null;
  }

  #isAllowed(host: string): boolean {
    if (host.startsWith("[") || isIPv4(host)) return true;
    return host === "localhost" || host.endsWith(".localhost") || this.#names.has(host);
  }
}

/** Of the values of all Host headers: Node shows the first alone. */
function hostsOf(rawHeaders: readonly string[]): readonly string[] {
  const hosts: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts.push(rawHeaders[i + 1] as string);
  }
  return hosts;
}

/** By the address that it got, whatever name it was given. */
function isLoopback(server: Server): boolean {
  const bound = server.address();
  if (bound === null || typeof bound === "string") return false;
  return LOOPBACK.check(bound.address, isIP(bound.address) === 6 ? "ipv6" : "ipv4");
}

function malformed(detail: string): HostRefusal {
  return { kind: "malformed", detail };
}
