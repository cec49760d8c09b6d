// SPDX-License-Identifier: Apache-2.0
/** Questions to the key-value service, in words. */
import type { Answer, ZetaClient } from "@zeta/client";
import { utf8 } from "@zeta/protocol/bytes";
import type { Told } from "./asked.ts";
import type { AnyAnswer, AskedList } from "./asked-list.ts";
import { bytesText, shortHex } from "./format.ts";

export type KvQuestion =
  | { readonly operation: "get" | "delete"; readonly key: string }
  | { readonly operation: "put"; readonly key: string; readonly value: string };

export function askKv(list: AskedList, client: ZetaClient, question: KvQuestion) {
  const instance = shortHex(client.attestation.instanceId);
  return list.ask(questionText(question), instance, async (): Promise<AnyAnswer> => {
    const answer = await send(client, question);
    return { ...tellAnswer(answer).told, certified: answer.certified() };
  });
}

function send(client: ZetaClient, question: KvQuestion): Promise<Answer> {
  const { key } = question;
  if (question.operation === "put") return client.put(key, question.value);
  return question.operation === "get" ? client.get(key) : client.delete(key);
}

function questionText(question: KvQuestion): string {
  const key = bytesText(utf8(question.key));
  const value = question.operation === "put" ? ` = ${bytesText(utf8(question.value))}` : "";
  return `${question.operation} ${key}${value}`;
}

/** Question and answer in words, from the answer alone. */
export function tellAnswer(answer: Answer): { readonly question: string; readonly told: Told } {
  const question = `${answer.operation} ${bytesText(answer.key)}`;
  return { question, told: { text: toldText(answer), epoch: answer.epoch } };
}

function toldText({ existed, operation, value }: Answer): string {
  if (operation === "put") {
    return existed ? "stored, in place of an older value" : "stored, a new key";
  }
  if (operation === "delete") return existed ? "deleted" : "was absent";
  return value === null ? "absent" : bytesText(value.bytes);
}
