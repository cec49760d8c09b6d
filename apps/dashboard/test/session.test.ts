// SPDX-License-Identifier: Apache-2.0
/** The page's client against real services: one that runs, one that stops, another one in its place, one that lies. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Trust } from "@zeta/client";
import { LIES } from "@zeta/client/attack/attacks";
import { describe, expect, onTestFinished, test } from "vitest";
import { AskedList } from "../src/model/asked-list.ts";
import { FileJudge } from "../src/model/file-judge.ts";
import { askKv } from "../src/model/kv-asking.ts";
import { LieRun } from "../src/model/lie-run.ts";
import { Session } from "../src/model/session.ts";
import { started, startedInTd } from "./support/services.ts";
import { at, until } from "./support/until.ts";

const TRYING_OUT: Trust = { simulation: true };

function sessionWith(url: string, accepted = () => TRYING_OUT): Session {
  const session = new Session(url, accepted);
  onTestFinished(() => session.close());
  return session;
}

async function opened(url: string) {
  const session = sessionWith(url);
  await session.begin();
  const { service } = await until(session.state, at("open"));
  return { session, service };
}

const clock = () => performance.now();

describe("a session", () => {
  test("opens, draws certificates as they come, and certifies what is asked", async () => {
    const { url } = await started();
    const { session, service } = await opened(url);
    expect(service.operations).toBeNull();
    expect(service.attacks?.allowed).toBe(false);
    const list = new AskedList(clock, (epoch, waited) => session.noteWait(epoch, waited));
    await askKv(list, service.client, { operation: "put", key: "alice", value: "100" });
    await askKv(list, service.client, { operation: "get", key: "alice" });
    const [got, put] = list.asked.value;
    expect(got).toMatchObject({ question: 'get "alice"', state: { stage: "certified" } });
    expect(put?.question).toBe('put "alice" = "100"');
    expect(got?.state).toMatchObject({ told: '"100"' });
    const { epochs } = await until(session.epochs, ({ operations }) => operations >= 2n);
    expect(epochs.flatMap(({ waits }) => waits).length).toBe(2);
  });

  test("begun twice, opens once; closed on its way, opens nothing", async () => {
    const { url } = await started();
    const session = sessionWith(url);
    const states: string[] = [];
    session.state.subscribe(() => states.push(session.state.value.stage));
    await Promise.all([session.begin(), session.begin()]);
    expect(states.filter((stage) => stage === "open").length).toBe(1);
    const again = session.begin();
    session.close();
    await again;
    expect(session.state.value.stage).toBe("closed");
  });

  test("waits for a service that is not there yet", async () => {
    const session = sessionWith("http://127.0.0.1:9");
    await session.begin();
    expect(session.state.value.stage).toBe("unreachable");
  });

  test("asks nothing of a service whose quote does not hold, and has evidence of that", async () => {
    const { url } = await started();
    const document = await (await fetch(`${url}/v1/attestation`)).json();
    const other = { ...document, publicKey: `02${"11".repeat(32)}` };
    const impostor = createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(other));
    });
    await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void impostor.close());
    const { port } = impostor.address() as AddressInfo;
    const session = sessionWith(`http://127.0.0.1:${port}`);
    await session.begin();
    const { refusal } = await until(session.state, at("rejected"));
    expect(refusal.code).toBe("attestation_rejected");
    expect(refusal.evidence?.attestation.publicKey).toBe(other.publicKey);
  });

  test("says when the service is gone, refuses another instance in its place, starts over with it", async () => {
    const first = await started();
    const { session, service } = await opened(first.url);
    const port = Number(new URL(first.url).port);
    await first.close();
    await until(session.trouble, (trouble) => trouble !== null);
    await started({ port });
    const ended = await until(session.state, at("ended"));
    expect(ended.refusal.code).toBe("instance_changed");
    expect(ended.successor).toBe(true);
    await session.begin();
    const next = await until(session.state, at("open"));
    expect(next.service.client.attestation.instanceId).not.toEqual(
      service.client.attestation.instanceId,
    );
    expect(session.epochs.value.epochs.length).toBeLessThan(5);
  });

  test("after a violation, notices that the service was started again", async () => {
    const first = await started({ allowAttacks: true });
    const { session, service } = await opened(first.url);
    const lies = new LieRun(first.url, new AskedList(clock));
    await lies.run(service.client, tamper, "alice");
    const ended = await until(session.state, at("ended"));
    expect([ended.refusal.code, ended.successor]).toEqual(["violation", false]);
    const port = Number(new URL(first.url).port);
    await first.close();
    await started({ port });
    const again = await until(session.state, (state) => state.stage === "ended" && state.successor);
    expect(again.stage).toBe("ended");
  });
});

const tamper = LIES.find(({ name }) => name === "tamper") as (typeof LIES)[number];

describe("a service in a TEE", () => {
  test("is asked by a policy of the reader's own, and by none other", async () => {
    const { url, trust } = await startedInTd();
    const session = sessionWith(url);
    await session.begin();
    const { refusal } = await until(session.state, at("rejected"));
    expect(refusal.check).toBe("TEE_NOT_ALLOWED");

    const believing = sessionWith(url, () => trust);
    await believing.begin();
    const { service } = await until(believing.state, at("open"));
    expect([service.client.simulated, service.client.attestation.tee]).toEqual([false, "tdx"]);
    const list = new AskedList(clock);
    await askKv(list, service.client, { operation: "put", key: "k", value: "v" });
    const state = list.asked.value[0]?.state;
    if (state?.stage !== "certified") throw new Error("expected a certified answer");
    const files = new FileJudge(() => trust);
    await files.take(new File([JSON.stringify(state.evidence())], "a.json"), null);
    const { verdict } = await until(files.state, at("judged"));
    expect(verdict.verdict).toBe("certified");
  });
});

describe("lies", () => {
  test.each(LIES.map((lie) => [lie.story, lie] as const))("caught: %s", async (_, lie) => {
    const { url } = await started({ allowAttacks: true });
    const { service } = await opened(url);
    const list = new AskedList(clock);
    const lies = new LieRun(url, list);
    await lies.run(service.client, lie, "alice");
    const { finding } = await until(lies.state, at("done"));
    if (!finding.caught) throw new Error(`expected ${lie.story} to be caught`);
    expect(finding.evidence).not.toBeNull();
    const files = new FileJudge(() => TRYING_OUT);
    await files.judge("lie.json", JSON.stringify(finding.evidence), null);
    const { verdict } = await until(files.state, at("judged"));
    expect(verdict.verdict).not.toBe("certified");
    expect(list.asked.value.length).toBeGreaterThanOrEqual(3);
    expect(list.asked.value.at(-1)?.state.stage).toBe("certified");
  });

  test("a service that does not lie is not caught, and says that it will not", async () => {
    const { url } = await started();
    const { service } = await opened(url);
    const lies = new LieRun(url, new AskedList(clock));
    await lies.run(service.client, tamper, "alice");
    const stuck = await until(lies.state, at("stuck"));
    expect(stuck.message).toContain("--allow-attacks");
  });
});

describe("files", () => {
  test("a certified answer, judged as somebody else would", async () => {
    const { url } = await started();
    const { service } = await opened(url);
    const list = new AskedList(clock);
    await askKv(list, service.client, { operation: "put", key: "k", value: "v" });
    const state = list.asked.value[0]?.state;
    if (state?.stage !== "certified") throw new Error("expected a certified answer");
    const files = new FileJudge(() => TRYING_OUT);
    await files.take(new File([JSON.stringify(state.evidence())], "a.json"), null);
    const { verdict } = await until(files.state, at("judged"));
    expect(verdict.verdict).toBe("certified");
    expect(verdict.reportRows().filter(({ ok }) => ok === false)).toEqual([]);
  });

  test("what is no evidence, or no JSON, is rejected", async () => {
    const files = new FileJudge(() => TRYING_OUT);
    for (const text of ["{}", "no JSON", ""]) {
      await files.take(new File([text], "a.json"), null);
      const { verdict } = await until(files.state, at("judged"));
      expect([verdict.verdict, verdict.code]).toEqual(["rejected", "evidence_malformed"]);
    }
  });

  test("a file that is too long is not read", async () => {
    const files = new FileJudge(() => TRYING_OUT);
    const long = { name: "long.json", size: 2 ** 40, text: () => Promise.reject(new Error()) };
    await files.take(long as unknown as File, null);
    expect(files.state.value).toMatchObject({ stage: "unreadable", file: "long.json" });
  });
});
