// SPDX-License-Identifier: Apache-2.0
/** Questions to a service in TypeScript, by name and with arguments in JSON. */
import type { ServiceCalls, ZetaClient } from "@zeta/client";
import type { AnyAnswer, AskedList } from "./asked-list.ts";
import { cut, shortHex } from "./format.ts";

const SHOWN_CHARACTERS = 120;

export function askService(
  list: AskedList,
  client: ZetaClient,
  calls: ServiceCalls,
  name: string,
  text: string,
) {
  const question = `${name} ${cut(text.replace(/\s+/g, " ").trim(), SHOWN_CHARACTERS)}`;
  const instance = shortHex(client.attestation.instanceId);
  return list.ask(question, instance, async (): Promise<AnyAnswer> => {
    const args = calls.fromJson(name, JSON.parse(text));
    const answer = await client.callService(calls, name, args);
    const result = JSON.stringify(calls.toJson(name, answer.result));
    return {
      text: cut(result, SHOWN_CHARACTERS),
      epoch: answer.epoch,
      certified: answer.certified(),
    };
  });
}

/** Arguments to begin with, of the least that a schema allows: whoever asks writes his own over them. */
export function exampleOf(schema: unknown): unknown {
  const given = schema as Readonly<Record<string, unknown>>;
  if (Array.isArray(given.enum)) return given.enum[0];
  if (Array.isArray(given.anyOf)) return null;
  switch (given.type) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return typeof given.minimum === "number" && given.minimum > 0 ? given.minimum : 0;
    case "array":
      return Number(given.minItems ?? 0) > 0 ? [exampleOf(given.items)] : [];
    case "object": {
      const properties = Object.entries(given.properties ?? {});
      const required = Array.isArray(given.required) ? given.required : [];
      const wanted = properties.filter(([name]) => required.includes(name));
      return Object.fromEntries(wanted.map(([name, one]) => [name, exampleOf(one)]));
    }
    default:
      return (given.contentEncoding === undefined ? "a" : "00").repeat(
        Number(given.minLength ?? 1),
      );
  }
}
