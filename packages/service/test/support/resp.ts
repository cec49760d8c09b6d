// SPDX-License-Identifier: Apache-2.0
import { connect, type Socket } from "node:net";

/** A command as clients send it. */
export function encodeCommand(args: readonly (string | Uint8Array)[]): Buffer {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === "string" ? Buffer.from(arg, "latin1") : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), Buffer.from(bytes), Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

/** Something a server said. Maps are lists of pairs, as RESP2 has them. */
export type Answer = string | number | bigint | null | RespError | readonly Answer[];

export class RespError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Reads one answer; null: it has not come to its end. */
export function readAnswer(bytes: Buffer, at: number): { answer: Answer; end: number } | null {
  const lineEnd = bytes.indexOf("\r\n", at);
  if (lineEnd < 0) return null;
  const kind = String.fromCharCode(bytes[at]!);
  const line = bytes.toString("latin1", at + 1, lineEnd);
  const next = lineEnd + 2;
  switch (kind) {
    case "+":
      return { answer: line, end: next };
    case "-":
      return { answer: new RespError(line), end: next };
    case ":":
      return {
        answer: Number.isSafeInteger(Number(line)) ? Number(line) : BigInt(line),
        end: next,
      };
    case "_":
      return { answer: null, end: next };
    case "$":
    case "=": {
      const length = Number(line);
      if (length < 0) return { answer: null, end: next };
      if (bytes.length < next + length + 2) return null;
      const text = bytes.toString("latin1", next, next + length);
      return { answer: kind === "=" ? text.slice(4) : text, end: next + length + 2 };
    }
    case "*":
    case "~":
    case "%":
      return readMany(bytes, next, Number(line) * (kind === "%" ? 2 : 1));
    default:
      throw new Error(`expected an answer, got ${JSON.stringify(bytes.toString("latin1", at))}`);
  }
}

function readMany(bytes: Buffer, at: number, count: number): ReturnType<typeof readAnswer> {
  if (count < 0) return { answer: null, end: at };
  const answers: Answer[] = [];
  let end = at;
  for (let i = 0; i < count; i++) {
    const one = readAnswer(bytes, end);
    if (one === null) return null;
    answers.push(one.answer);
    end = one.end;
  }
  return { answer: answers, end };
}

/** A client that sends what it is told and reads what comes, without a mind of its own. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #bytes = Buffer.alloc(0);
  readonly #chunks: Buffer[] = [];
  #isClosed = false;

  constructor(port: number, host = "127.0.0.1") {
    this.socket = connect({ port, host, allowHalfOpen: true });
    this.socket.on("data", (chunk) => {
      this.#chunks.push(chunk as Buffer);
      this.#tell();
    });
    this.socket.on("end", () => this.socket.end());
    this.closed = new Promise((resolve) => {
      this.socket.on("error", () => {});
      this.socket.on("close", () => {
        this.#isClosed = true;
        for (const tell of this.#waiting.splice(0)) tell(new RespError("CLOSED"));
        resolve();
      });
    });
  }

  #tell(): void {
    // Large answers come in many chunks; only one that ends a line can end an answer.
    if (this.#chunks.length > 0 && this.#chunks.at(-1)?.at(-1) !== 10) return;
    this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks.splice(0)]);
    while (this.#waiting.length > 0) {
      const next = this.#bytes.length === 0 ? null : readAnswer(this.#bytes, 0);
      if (next === null) return;
      this.#bytes = this.#bytes.subarray(next.end);
      this.#waiting.shift()?.(next.answer);
    }
  }

  /** The next answer; an error CLOSED if the connection ends before. */
  answer(): Promise<Answer> {
    if (this.#isClosed && this.#bytes.length === 0) return Promise.resolve(new RespError("CLOSED"));
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#tell();
    });
  }

  /** Sends commands in one write; words of a text are its arguments. */
  send(...commands: readonly (string | readonly (string | Uint8Array)[])[]): void {
    const bytes = commands.map((command) =>
      encodeCommand(typeof command === "string" ? command.split(" ") : command),
    );
    this.socket.write(Buffer.concat(bytes));
  }

  async ask(command: string | readonly (string | Uint8Array)[]): Promise<Answer> {
    this.send(command);
    return this.answer();
  }

  /** The answers to commands sent at once. */
  async pipeline(
    ...commands: readonly (string | readonly (string | Uint8Array)[])[]
  ): Promise<Answer[]> {
    this.send(...commands);
    const answers: Answer[] = [];
    for (const _ of commands) answers.push(await this.answer());
    return answers;
  }

  async end(): Promise<void> {
    this.socket.end();
    await this.closed;
  }
}
