// SPDX-License-Identifier: Apache-2.0
/** Services in TypeScript, as the page asks them: by the list of operations that the host gives. */
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { describe, expect, test } from "vitest";
import { AskedList } from "../src/model/asked-list.ts";
import { FileJudge } from "../src/model/file-judge.ts";
import { openService } from "../src/model/open-service.ts";
import { askService, exampleOf } from "../src/model/service-asking.ts";
import { started } from "./support/services.ts";
import { at, until } from "./support/until.ts";

const TRYING_OUT = { simulation: true };
const BUILT_IN = ["access-policy", "bank", "counter", "password", "token"];

function codeOf(name: string): Promise<string> {
  const file = `../../../packages/app/src/services/${name}.ts`;
  return bundleService(fileURLToPath(new URL(file, import.meta.url)));
}

describe.each(BUILT_IN)("%s", (name) => {
  test("every operation can be asked with the arguments that the page begins with", async () => {
    const { url } = await started({ serviceCode: await codeOf(name) });
    const { client, operations } = await openService(url, TRYING_OUT);
    const calls = operations?.calls;
    if (!calls) throw new Error("expected a service with operations");
    for (const one of calls.names) {
      const example = JSON.parse(JSON.stringify(exampleOf(calls.argumentSchema(one))));
      expect(() => calls.fromJson(one, example)).not.toThrow();
    }
    client.close();
  });
});

test("an answer of the bank is certified, and its evidence holds against the code that was hashed here", async () => {
  const { url } = await started({ serviceCode: await codeOf("bank") });
  const { client, operations } = await openService(url, TRYING_OUT);
  const calls = operations?.calls;
  if (!operations || !calls) throw new Error("expected a service with operations");
  const list = new AskedList(() => 0);
  await askService(list, client, calls, "open", '{"account": 0, "owner": "Ada"}');
  const asked = list.asked.value[0];
  expect(asked?.question).toBe('open {"account": 0, "owner": "Ada"}');
  if (asked?.state.stage !== "certified") throw new Error("expected a certified answer");
  expect(asked.state.told).toBe('{"accounts":1}');
  const files = new FileJudge(() => TRYING_OUT);
  await files.judge("a.json", JSON.stringify(asked.state.evidence()), operations);
  const { verdict } = await until(files.state, at("judged"));
  expect(verdict.verdict).toBe("certified");
  client.close();
});

test("what the service refuses was not executed; what is no JSON is not sent", async () => {
  const { url } = await started({ serviceCode: await codeOf("bank") });
  const { client, operations } = await openService(url, TRYING_OUT);
  const calls = operations?.calls;
  if (!calls) throw new Error("expected a service with operations");
  const list = new AskedList(() => 0);
  await askService(list, client, calls, "withdraw", '{"account": 7, "amount": 1, "day": 0}');
  await askService(list, client, calls, "withdraw", "{");
  const words = list.asked.value.map(({ state }) => state.stage === "unproven" && state.word);
  expect(words).toEqual(["not sent", "not executed"]);
  client.close();
});
