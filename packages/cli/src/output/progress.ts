// SPDX-License-Identifier: Apache-2.0
import { Presets, SingleBar } from "cli-progress";
import { note } from "./console.ts";
import { grouped } from "./table.ts";

/** Shows on stderr how far long work is: a bar on a terminal, a plain line for every tenth in a pipe, nothing when silent. */
export interface Progress {
  advance(done: number, remark?: string): void;
  end(): void;
}

const SILENT: Progress = { advance: () => {}, end: () => {} };

export function startProgress(title: string, total: number, silent = false): Progress {
  if (silent) return SILENT;
  return process.stderr.isTTY ? barProgress(title, total) : lineProgress(title, total);
}

/** The same for work whose end is not known: a number that grows on a terminal, a line whenever it has doubled in a pipe. */
export function startCount(title: string, silent = false): Progress {
  if (silent) return SILENT;
  return process.stderr.isTTY ? liveCount(title) : lineCount(title);
}

function liveCount(title: string): Progress {
  let count = 0;
  return {
    advance(done) {
      count = done;
      process.stderr.write(`\r${title}: ${grouped(count)}`);
    },
    end: () => process.stderr.write(`\r${title}: ${grouped(count)}\n`),
  };
}

/** Fewer are not worth a line before the last one. */
const FIRST_LINE = 100_000;

function lineCount(title: string): Progress {
  let count = 0;
  let next = FIRST_LINE;
  return {
    advance(done) {
      count = done;
      if (count < next) return;
      note(`${title}: ${grouped(count)}`);
      next = 2 * count;
    },
    end: () => note(`${title}: ${grouped(count)}, all`),
  };
}

function barProgress(title: string, total: number): Progress {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage}%  {value}/{total}  {remark}`,
      stream: process.stderr,
      hideCursor: true,
      fps: 8,
    },
    Presets.rect,
  );
  bar.start(total, 0, { remark: "" });
  return {
    advance: (done, remark = "") => bar.update(done, { remark }),
    end: () => bar.stop(),
  };
}

function lineProgress(title: string, total: number): Progress {
  let tenths = 0;
  return {
    advance(done, remark = "") {
      const reached = Math.floor((10 * done) / total);
      if (reached <= tenths) return;
      tenths = reached;
      note(
        `${title}: ${Math.floor((100 * done) / total)}% (${grouped(done)} of ${grouped(total)}) ${remark}`.trimEnd(),
      );
    },
    end: () => {},
  };
}
