// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { runHere } from "./run.ts";
import { type Ended, type Running, startZeta, until } from "./zeta.ts";

export interface Started {
  readonly url: string;
  readonly measurement: string;
  readonly running: Running;
}

/** A directory for the tests of a file, in which their commands run. */
export function ownDirectory(): { readonly path: string } {
  const own = { path: "" };
  const before = process.cwd();
  beforeAll(() => {
    own.path = mkdtempSync(join(tmpdir(), "zeta-cli-"));
    process.chdir(own.path);
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(own.path, { recursive: true });
  });
  return own;
}

/** A service for the tests of a file, with commands asked of it. */
export class SharedService {
  #started: Started | null = null;

  constructor() {
    beforeAll(async () => {
      this.#started = await serve("--epoch", "100ms");
    });
    afterAll(() => stop(this.#running, "SIGKILL"));
  }

  get #running(): Started {
    if (this.#started === null) throw new Error("expected to be asked in a test");
    return this.#started;
  }

  get url(): string {
    return this.#running.url;
  }

  get measurement(): string {
    return this.#running.measurement;
  }

  ask(...args: string[]): Promise<Ended> {
    return zeta(...args, "--url", this.url);
  }
}

/** Runs a command; a client's without a process of its own, which takes a second to start. */
export function zeta(...args: string[]): Promise<Ended> {
  return args[0] === "serve" ? startZeta(args).ended : runHere(args);
}

/** Starts a service whose data are in memory. */
export function serve(...args: string[]): Promise<Started> {
  return serveIn(process.cwd(), "--memory", ...args);
}

/** Starts a service that keeps its data in a directory. */
export async function serveIn(cwd: string, ...args: string[]): Promise<Started> {
  const off = ["--resp", "off"];
  const start = ["serve", "--http", "127.0.0.1:0", ...off, "--json", ...args];
  const running = startZeta(start, { cwd });
  const line = await until(running, () => /^\{.*\}$/m.exec(running.stdout())?.[0] ?? null);
  const { url, measurement } = JSON.parse(line) as { url: string; measurement: string };
  return { url, measurement, running };
}

export async function stop({ running }: Started, signal: NodeJS.Signals): Promise<Ended> {
  running.child.kill(signal);
  return running.ended;
}
