// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { read, root } from "./sources.ts";
import { consoleSteps, matches, type Step } from "./transcripts.ts";

const ZETA = join(root, "packages", "cli", "bin", "zeta.js");

/** A command of a document that takes longer hangs; the test waits for it without hearing its own limit. */
const COMMAND_MS = 60_000;
const DOCUMENTED = "http://127.0.0.1:7070";
const DOCUMENTED_REDIS = "127.0.0.1:7379";
/** The README names the default port; the test takes a free one, so that it disturbs nobody. */
const TAKES_URL = /^(put|get|del|call|evidence|attack)\b/;

/** As `npm start` and `npx` run the command: it then says how it is called. */
const AS_NPM = { ...process.env, npm_command: "exec" };

const folder = mkdtempSync(join(tmpdir(), "zeta-readme-"));
let server: ChildProcess | null = null;
let url = "";
let redis = "";

function start(args: readonly string[]): Promise<string> {
  stop();
  const any = "127.0.0.1:0";
  const resp = args.includes("--service") ? [] : ["--resp", any];
  const child = spawn(process.execPath, [ZETA, "serve", "--http", any, ...resp, ...args], {
    cwd: folder,
    env: AS_NPM,
  });
  server = child;
  return new Promise((resolve, reject) => {
    let output = "";
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      url = /serving\s+(\S+)/.exec(output)?.[1] ?? "";
      redis = /redis\s+(\S+)/.exec(output)?.[1] ?? "";
      if (output.includes("\ntry ")) resolve(output);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`serve ended with ${code}: ${output}`)));
  });
}

function shell(command: string): string {
  const options = { cwd: folder, env: AS_NPM, encoding: "utf8", timeout: COMMAND_MS } as const;
  return spawnSync("sh", ["-c", `${command} 2>&1`], options).stdout;
}

async function run({ command }: Step): Promise<string> {
  const serve = /^npm start(?: -- (.*))?$/.exec(command);
  if (serve !== null) return start(serve[1]?.split(" ") ?? []);
  const zeta = /^npx zeta (.*)$/.exec(command)?.[1];
  if (zeta === undefined) return shell(command.replaceAll(DOCUMENTED, url));
  return shell(
    `"${process.execPath}" "${ZETA}" ${zeta}${TAKES_URL.test(zeta) ? ` --url ${url}` : ""}`,
  );
}

/** As it looks on the default port, which the command need not be told. */
function asDocumented(output: string): string {
  const text = output.replaceAll("\r", "").replaceAll(url || DOCUMENTED, DOCUMENTED);
  const told = text.replaceAll(redis || DOCUMENTED_REDIS, DOCUMENTED_REDIS);
  return told.replaceAll(` --url ${DOCUMENTED}`, "");
}

function stop(): void {
  server?.removeAllListeners("exit");
  server?.kill("SIGTERM");
}

afterAll(stop);

describe("the README's transcript", () => {
  test.each(consoleSteps("README.md"))("$command", { timeout: 60_000 }, async (step) => {
    const output = asDocumented(await run(step));
    if (!matches(output, step.expected)) expect(output.trim()).toBe(step.expected);
  });

  test("is matched line by line, so that it can fail", () => {
    expect(matches("a 1 b\nc", "a … b\nc")).toBe(true);
    expect(matches("a\nx\ny\nb", "a\n…\nb")).toBe(true);
    expect(matches("a 1 b\nd", "a … b\nc")).toBe(false);
    expect(matches("a\nb\nc", "a … c")).toBe(false);
  });
});

test("the README stays readable: at most 180 lines", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(180);
});
