// SPDX-License-Identifier: Apache-2.0
import type { CertificateAnswer, EpochEvent, LatestEpochAnswer } from "@zeta/protocol/http-api";
import { describe, expect, test } from "vitest";
import type { App } from "../../src/http/app-type.ts";
import { STREAM_KEEP_ALIVE_MS } from "../../src/limits.ts";
import { putCall } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import type { TestService } from "../support/service.ts";
import { isChain } from "../support/verify.ts";

const start = useServices();

async function closeEpochs({ engine }: TestService, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await engine.closeEpoch();
}

describe("certificates", () => {
  test("the newest is told, before the first as null", async () => {
    const service = start();
    const latest = async () =>
      (await service.app.inject({ url: "/v1/epochs/latest" })).json<LatestEpochAnswer>();
    expect(await latest()).toEqual({ current: 0, certified: null, certificate: null });
    await closeEpochs(service, 2);
    expect(await latest()).toMatchObject({ current: 2, certified: 1 });
  });

  test("each continues the one before, also without any call", async () => {
    const service = start();
    await service.engine.execute([putCall("a", "1")]);
    await closeEpochs(service, 4);
    const answers: CertificateAnswer[] = [];
    for (let n = 0; n < 4; n++) {
      answers.push((await service.app.inject({ url: `/v1/epochs/${n}/certificate` })).json());
    }
    expect(isChain(answers.map(({ certificate }) => certificate))).toBe(true);
    expect(answers.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(answers[3]!.operations).toBe("1");
    expect(answers[3]!.previous).toBe(answers[2]!.hash);
  });

  test("what is not there is told apart: pending, unknown, forgotten, no number", async () => {
    const service = start({ certificatesMax: 2 });
    await closeEpochs(service, 3);
    const of = async (epoch: string) =>
      problem(await service.app.inject({ url: `/v1/epochs/${epoch}/certificate` }));
    expect(await of("3")).toEqual([404, "epoch_pending"]);
    expect(await of("4")).toEqual([404, "epoch_unknown"]);
    expect(await of("0")).toEqual([404, "epoch_unknown"]);
    for (const wrong of ["-1", "01", "1.0", "x", "99999999999"]) {
      expect([wrong, ...(await of(wrong))]).toEqual([wrong, 400, "invalid_request"]);
    }
  });
});

interface Message {
  readonly id: string | null;
  readonly event: string;
  readonly data: EpochEvent;
}

/** An event stream being read. */
class Reader {
  #text = "";
  readonly comments: string[] = [];
  readonly #stream: NodeJS.ReadableStream;
  ended = false;

  private constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString();
    });
    stream.on("end", () => {
      this.ended = true;
    });
  }

  static async open(app: App, url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const response = await app.inject({ url, headers, payloadAsStream: true });
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toBe("text/event-stream");
    return new Reader(response.stream());
  }

  /** Messages that have come in so far. */
  async messages(): Promise<Message[]> {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    const blocks = this.#text.split("\n\n").slice(0, -1);
    this.comments.push(...blocks.filter((block) => block.startsWith(":")));
    this.#text = this.#text.slice(this.#text.lastIndexOf("\n\n") + 2);
    return blocks.filter((block) => block.includes("data: ")).map(parseMessage);
  }

  close(): void {
    (this.#stream as unknown as { destroy(): void }).destroy();
  }
}

function parseMessage(block: string): Message {
  const fields = new Map(
    block.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]),
  );
  return {
    id: fields.get("id") ?? null,
    event: fields.get("event") ?? "",
    data: JSON.parse(fields.get("data") ?? "null"),
  };
}

const ids = (messages: Message[]): (string | null)[] => messages.map(({ id }) => id);

describe("GET /v1/epochs/stream", () => {
  test("begins with the newest certificate, then sends each as it is signed", async () => {
    const service = start();
    await closeEpochs(service, 3);
    const reader = await Reader.open(service.app, "/v1/epochs/stream");
    const first = await reader.messages();
    expect(ids(first)).toEqual(["2"]);
    expect(first[0]).toMatchObject({
      event: "certificate",
      data: { type: "certificate", epoch: 2 },
    });
    await closeEpochs(service, 2);
    expect(ids(await reader.messages())).toEqual(["3", "4"]);
    reader.close();
  });

  test("resumes after Last-Event-ID, or from an epoch", async () => {
    const service = start();
    await closeEpochs(service, 4);
    const resumed = await Reader.open(service.app, "/v1/epochs/stream", { "last-event-id": "1" });
    expect(ids(await resumed.messages())).toEqual(["2", "3"]);
    const from = await Reader.open(service.app, "/v1/epochs/stream?from=0");
    expect(ids(await from.messages())).toEqual(["0", "1", "2", "3"]);
    const upToDate = await Reader.open(service.app, "/v1/epochs/stream", { "last-event-id": "3" });
    expect(await upToDate.messages()).toEqual([]);
    await closeEpochs(service, 1);
    expect(ids(await upToDate.messages())).toEqual(["4"]);
  });

  test("tells one who knows more than there is what is newest", async () => {
    const service = start();
    await closeEpochs(service, 1);
    const reader = await Reader.open(service.app, "/v1/epochs/stream", { "last-event-id": "99" });
    expect(ids(await reader.messages())).toEqual(["0"]);
  });

  test("starts before the first certificate, too", async () => {
    const service = start();
    const reader = await Reader.open(service.app, "/v1/epochs/stream");
    expect(await reader.messages()).toEqual([]);
    await closeEpochs(service, 1);
    expect(ids(await reader.messages())).toEqual(["0"]);
  });

  test("says something in silence, and ends with the service", async () => {
    const service = start();
    const reader = await Reader.open(service.app, "/v1/epochs/stream");
    service.clock.advance(STREAM_KEEP_ALIVE_MS);
    expect(await reader.messages()).toEqual([]);
    expect(reader.comments).toEqual([": keep-alive"]);
    await service.engine.close(1000);
    expect(ids(await reader.messages())).toEqual(["0"]);
    expect(reader.ended).toBe(true);
  });

  test("refuses a start that is no number", async () => {
    const { app } = start();
    const response = await app.inject({ url: "/v1/epochs/stream?from=x" });
    expect(problem(response)).toEqual([400, "invalid_request"]);
  });
});
