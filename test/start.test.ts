// SPDX-License-Identifier: Apache-2.0
/** `npm start` that is killed leaves no service behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { root } from "./sources.ts";

/** As `npm start` runs: a shell between the one that is killed and the one that serves. The interval keeps it alive like a port. */
const SERVER = `
  import { stopWithParent } from "./packages/cli/bin/stop-with-parent.js";
  process.on("SIGTERM", () => { console.log("asked to stop"); process.exit(); });
  setInterval(() => {}, 1000);
  stopWithParent();
  console.log("serving");
`;

test("a process that loses its parent is asked to stop", async () => {
  const command = `"${process.execPath}" --input-type=module -e '${SERVER}'; true`;
  const shell = spawn("sh", ["-c", command], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  shell.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (output === "serving\n") shell.kill("SIGKILL");
  });
  // The pipe ends with the last process that holds it.
  await once(shell.stdout, "end");
  expect(output).toBe("serving\nasked to stop\n");
});

test.runIf(process.platform === "linux")(
  "a process whose parent has lost its own is asked to stop: npm was killed, and its shell was not",
  async () => {
    const inner = `"${process.execPath}" --input-type=module -e "$SERVER"; true`;
    const npm = spawn("sh", ["-c", `sh -c '${inner}'; true`], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, SERVER },
    });
    let output = "";
    npm.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output === "serving\n") npm.kill("SIGKILL");
    });
    await once(npm.stdout, "end");
    expect(output).toBe("serving\nasked to stop\n");
  },
);
