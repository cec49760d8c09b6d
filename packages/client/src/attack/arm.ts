// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { AttacksAnswer } from "@zeta/protocol/http-api";
import { Transport } from "../http/transport.ts";
import { TransportError } from "../http/transport-error.ts";
import { arrayOf, malformed, objectOf, stringOf } from "../json.ts";
import { REQUEST_TIMEOUT_MS } from "../limits.ts";
import type { AttackMode, AttackName } from "./attacks.ts";

/** The service names its attacks and says one line about each; it is not trusted to be brief. */
const ANSWER_BYTES_MAX = 16_384;
const ATTACKS_MAX = 64;
const NAME_CHARACTERS_MAX = 64;
const DETAIL_CHARACTERS_MAX = 4096;

/**
 * `GET /v1/attacks`: may this service be asked to lie?
 *
 * @throws TransportError.
 */
export function offeredAttacks(url: string): Promise<AttacksAnswer> {
  return transportTo(url).json("v1/attacks", readAttacksAnswer, { maxBytes: ANSWER_BYTES_MAX });
}

/**
 * `POST /v1/attacks/{name}`: from now on the service lies. Resolves to what will happen, in the host's own words.
 *
 * @throws ZetaError `attacks_disabled` when it was not started with --allow-attacks; TransportError.
 */
export async function armAttack(
  url: string,
  name: AttackName,
  key: string,
  mode: AttackMode | null,
): Promise<string> {
  const body = { key, ...(mode !== null && { mode }) };
  try {
    const path = `v1/attacks/${name}`;
    return await transportTo(url).json(path, readArmedAnswer, { body, maxBytes: ANSWER_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof TransportError) || error.problem !== "attacks_disabled") throw error;
    const message = `expected a service started with --allow-attacks, got one without at ${url}`;
    throw new ZetaError("attacks_disabled", message, { cause: error });
  }
}

function transportTo(url: string): Transport {
  const fetch = (input: string, init: RequestInit) => globalThis.fetch(input, init);
  return new Transport(url, { fetch, headers: {}, timeoutMs: REQUEST_TIMEOUT_MS });
}

/** @throws ZetaError `malformed`. */
export function readAttacksAnswer(value: unknown): AttacksAnswer {
  const { allowed, attacks } = objectOf(value, "attacks answer");
  if (typeof allowed !== "boolean") malformed("a boolean as allowed", allowed);
  const names = arrayOf(attacks, ATTACKS_MAX, "attacks");
  return { allowed, attacks: names.map((name) => stringOf(name, NAME_CHARACTERS_MAX, "attack")) };
}

/** @throws ZetaError `malformed`. */
export function readArmedAnswer(value: unknown): string {
  return stringOf(objectOf(value, "attack answer").detail, DETAIL_CHARACTERS_MAX, "detail");
}
