// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { usageError } from "../exit.ts";
import type { AttackMode, AttackName } from "./attacks.ts";

/** Problem details are short; the service is not trusted to keep them so. */
const ANSWER_CHARACTERS_MAX = 65_536;

/**
 * `POST /v1/attacks/{name}`: from now on the service lies.
 *
 * @throws ZetaError `usage` when it was not started with --allow-attacks, `network_error`, or the problem's code.
 */
export async function armAttack(
  url: string,
  name: AttackName,
  key: string,
  mode: AttackMode | null,
): Promise<void> {
  const body = JSON.stringify({ key, ...(mode !== null && { mode }) });
  const headers = { "content-type": "application/json" };
  const address = `${url}/v1/attacks/${name}`;
  let response: Response;
  try {
    response = await fetch(address, { method: "POST", headers, body });
  } catch (cause) {
    throw new ZetaError("network_error", `expected an answer from ${address}, got none`, { cause });
  }
  if (response.status === 202) return;
  const code = problemCode(await response.text());
  if (code === "attacks_disabled") {
    throw usageError(`expected a service started with --allow-attacks, got one without at ${url}`);
  }
  throw new ZetaError(code, `expected the service to arm ${name}, got status ${response.status}`);
}

function problemCode(text: string): string {
  try {
    const code = (JSON.parse(text.slice(0, ANSWER_CHARACTERS_MAX)) as { code?: unknown }).code;
    if (typeof code === "string" && /^[a-z_]{1,64}$/.test(code)) return code;
  } catch {
    // Not JSON: the generic code below says enough.
  }
  return "service_error";
}
