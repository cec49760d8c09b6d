// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import type { CallOutcome } from "../call-queue.ts";
import type { EngineCall } from "../engine-call.ts";
import type { Reply, RespContext, WholeCall } from "./command.ts";
import { errorAnswer, INTERNAL_ERROR } from "./command-error.ts";
import { dispatch, type Step } from "./dispatch.ts";
import { PIPELINE_BYTES_MAX, PIPELINE_CALL_BYTES_MAX, PIPELINE_COMMANDS_MAX } from "./limits.ts";
import type { CutReason } from "./metrics.ts";
import { RespParser } from "./parser.ts";
import { RespProtocolError } from "./protocol-error.ts";
import { ReplyWriter } from "./reply-writer.ts";
import type { RequestIds } from "./request-ids.ts";
import { runTogether } from "./run-together.ts";
import type { Session } from "./session.ts";
import type { SlowReader, UnreadAnswers } from "./unread-answers.ts";

export interface ConnectionParts {
  readonly socket: Socket;
  readonly session: Session;
  readonly context: RespContext;
  readonly ids: RequestIds;
  readonly unread: UnreadAnswers;
  /** How long answers may stay unread, in milliseconds. */
  readonly unreadMsMax: number;
  /** A broken assumption: the connection is over. */
  readonly broken: (error: unknown) => void;
}

type DataStep = Extract<Step, { kind: "data" }>;
type LoneStep = Extract<Step, { kind: "lone" }>;

/** Commands that run together, up to some that must run by themselves. */
interface Batch {
  readonly steps: readonly Exclude<Step, DataStep | LoneStep>[];
  readonly calls: readonly EngineCall[];
  /** None; or one; or several that are one step. */
  readonly last: LoneStep | readonly DataStep[] | null;
}

/** Answers that leave before all that was received is answered. */
const FLUSH_BYTES = 65_536;

/** How long the client's last bytes are awaited after the last answer, so that a reset does not overtake it. */
const LINGER_MS = 1000;

/**
 * A page can make its browser send a request to any port of its own machine, and the lines of the body would be commands. Redis ends such a
 * connection at the first word of such a request, and so do we: `POST`, and `Host:`, which comes before the body of all others. No Redis client
 * sends either.
 */
const OF_HTTP = new Set(["post", "host:"]);

/** A TLS handshake begins with this byte (RFC 8446 §5.1); in it a foreign server can have the browser repeat lines of its choice. */
const TLS_HANDSHAKE = 0x16;

/**
 * A client's connection: takes what has come, as many commands as may run together, and answers them with one write, before it takes more. So
 * answers are in order, and a client that sends without reading holds up nobody but itself.
 */
export class RespConnection implements SlowReader {
  readonly session: Session;
  readonly #parts: ConnectionParts;
  readonly #socket: Socket;
  readonly #parser = new RespParser();
  readonly #writer = new ReplyWriter();
  readonly #abort = new AbortController();
  /** Taken off what was received, and not for the batch of the time. */
  #held: Step | null = null;
  #isPumping = false;
  /** Nothing more is accepted; what was is answered. */
  #isFinishing = false;
  #isOver = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.#socket = parts.socket;
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#receive(chunk as Buffer));
    // The client may have closed its side only, as `printf | nc` does.
    this.#socket.on("end", () => this.finish());
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("close", () => {
      this.#isOver = true;
      this.#abort.abort();
    });
  }

  /** Answers what has been received so far and ends the connection. */
  finish(): void {
    this.#isFinishing = true;
    if (!this.#isPumping) this.#pump();
  }

  /** The front ends: whoever waits for a certificate gets an answer now. */
  stopWaiting(): void {
    this.#abort.abort();
  }

  get unreadBytes(): number {
    return this.#socket.writableLength;
  }

  cut(reason: CutReason = "unread"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.context.metrics.cut(reason);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#isFinishing || this.session.isEnding) return;
    this.#parser.push(chunk);
    if (!this.#isPumping) this.#pump();
    else if (this.#parser.buffered >= PIPELINE_BYTES_MAX) this.#socket.pause();
  }

  #pump(): void {
    this.#isPumping = true;
    this.#answerAll()
      .catch((error: unknown) => {
        this.#parts.broken(error);
        this.cut("fault");
      })
      .finally(() => {
        this.#isPumping = false;
        if (this.#isOver) return;
        this.#socket.resume();
        if (this.#isFinishing || this.session.isEnding) this.#end();
      });
  }

  async #answerAll(): Promise<void> {
    while (!this.#isOver) {
      const batch = this.#collect();
      const { last } = batch;
      const isEmpty = batch.steps.length === 0 && last === null;
      if (isEmpty && this.#writer.length === 0) return;
      if (batch.steps.length > 0) await this.#runBatch(batch);
      if (last !== null && "waits" in last) await this.#runLone(last);
      else if (last !== null) await this.#runData(last);
      if (isEmpty || this.#writer.length >= FLUSH_BYTES) await this.#flush();
    }
  }

  #end(): void {
    this.#socket.end();
    this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy());
  }

  /** Takes commands off what was received. */
  #collect(): Batch {
    const steps: Exclude<Step, DataStep | LoneStep>[] = [];
    const calls: EngineCall[] = [];
    let bytes = 0;
    while (steps.length < PIPELINE_COMMANDS_MAX && bytes < PIPELINE_CALL_BYTES_MAX) {
      const step = this.#nextStep();
      if (step === null) break;
      if (step.kind === "lone") return { steps, calls, last: step };
      if (step.kind === "data") return { steps, calls, last: this.#collectData(step) };
      steps.push(step);
      if (step.kind !== "call") continue;
      const { function: number, argument } = step.call;
      calls.push({ function: number, argument, requestId: this.#parts.ids.next() });
      bytes += argument.length;
    }
    return { steps, calls, last: null };
  }

  /** The commands behind one that reads and writes, as long as they do so, too. */
  #collectData(first: DataStep): readonly DataStep[] {
    const steps = [first];
    while (steps.length < PIPELINE_COMMANDS_MAX) {
      const step = this.#nextStep();
      if (step?.kind === "data") steps.push(step);
      else {
        this.#held = step;
        break;
      }
    }
    return steps;
  }

  #nextStep(): Step | null {
    const { session } = this;
    if (this.#held !== null) {
      const step = this.#held;
      this.#held = null;
      return step;
    }
    if (session.isEnding) return null;
    try {
      const args = this.#parser.next();
      if (args === null) return null;
      if (isOfBrowser(args[0] as Buffer)) {
        this.cut("protocol_error");
        return null;
      }
      const { context } = this.#parts;
      const { signal } = this.#abort;
      const step = dispatch(args, { session, context, writer: this.#writer, signal });
      // What comes behind it is not asked any more.
      if (args[0]?.toString("latin1").toLowerCase() === "quit") session.isEnding = true;
      return step;
    } catch (error) {
      if (error instanceof RespProtocolError) {
        session.isEnding = true;
        this.#parts.context.metrics.cut("protocol_error");
        return { kind: "reply", reply: (writer) => writer.error(`ERR ${error.message}`) };
      }
      return { kind: "reply", reply: () => this.#answerError(error) };
    }
  }

  async #runBatch({ steps, calls }: Batch): Promise<void> {
    const outcomes = calls.length === 0 ? [] : await this.#execute(calls);
    let at = 0;
    for (const step of steps) {
      if (step.kind === "reply") this.#answer(step.reply);
      else this.#tell(step.call, outcomes[at++] as CallOutcome);
    }
  }

  async #execute(calls: readonly EngineCall[]): Promise<readonly CallOutcome[]> {
    try {
      return await this.#parts.context.engine.executeEach(calls);
    } catch (error) {
      return calls.map(() => error as Error);
    }
  }

  #tell(call: WholeCall, outcome: CallOutcome): void {
    if (outcome instanceof Error) {
      this.#answerError(outcome);
      return;
    }
    this.session.remember([outcome]);
    this.#answer((writer) => call.reply(writer, outcome.result));
  }

  async #runData(steps: readonly DataStep[]): Promise<void> {
    const { context } = this.#parts;
    try {
      const runs = steps.map(({ run }) => run);
      const replies = await runTogether(runs, context.runner, this.session);
      for (const reply of replies) this.#answer(reply);
    } catch (error) {
      for (const _step of steps) this.#answerError(error);
    }
  }

  async #runLone({ waits, run }: LoneStep): Promise<void> {
    if (waits && this.#writer.length > 0) await this.#flush();
    try {
      this.#answer(await run());
    } catch (error) {
      this.#answerError(error);
    }
  }

  #answer(reply: Reply): void {
    const start = this.#writer.begin();
    try {
      reply(this.#writer);
    } catch (error) {
      this.#writer.takeBack(start);
      this.#answerError(error);
    }
  }

  #answerError(error: unknown): void {
    const { context, broken } = this.#parts;
    const answer = errorAnswer(error);
    // A fault of the engine was told once, by the engine.
    if (answer === INTERNAL_ERROR && context.engine.refusal !== "fault") broken(error);
    context.metrics.errorAnswered();
    this.#writer.error(answer);
  }

  /** Sends the answers; what the client does not take at once is waited for, and only so long. */
  async #flush(): Promise<void> {
    if (this.#isOver || this.#socket.write(this.#writer.take())) return;
    const { unread, unreadMsMax } = this.#parts;
    unread.add(this);
    this.#socket.setTimeout(unreadMsMax, () => this.cut());
    await new Promise<void>((resolve) => {
      if (this.#isOver) resolve();
      this.#socket.once("drain", resolve).once("close", resolve);
    });
    unread.delete(this);
    this.#socket.setTimeout(0);
  }
}

function isOfBrowser(name: Buffer): boolean {
  return name[0] === TLS_HANDSHAKE || OF_HTTP.has(name.toString("latin1", 0, 5).toLowerCase());
}
