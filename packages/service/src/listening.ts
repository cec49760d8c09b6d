// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { RespFront } from "./resp/resp-front.ts";

/** What a listener comes to, or why it got no port. */
export async function listening<T>(
  listener: Promise<T>,
  address: string,
  inUse: "port_in_use" | "resp_port_in_use",
): Promise<T> {
  try {
    return await listener;
  } catch (cause) {
    // Routes are made ready together with the port: what one of them refuses is its own reason.
    if (cause instanceof ZetaError) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    if (code === "EADDRINUSE") {
      throw new ZetaError(inUse, `expected a free port, got ${address}, which is in use`);
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `expected to listen on ${address}, got: ${reason}`;
    throw new ZetaError("listen_failed", message, { cause });
  }
}

export async function listenResp(
  front: RespFront,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  const name = host.includes(":") ? `[${host}]` : host;
  const asked = `${name}:${port}`;
  return `${name}:${await listening(front.listen(host, port), asked, "resp_port_in_use")}`;
}
