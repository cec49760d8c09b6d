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
        `${title}: ${10 * reached}% (${grouped(done)} of ${grouped(total)}) ${remark}`.trimEnd(),
      );
    },
    end: () => {},
  };
}
