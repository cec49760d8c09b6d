// SPDX-License-Identifier: Apache-2.0
import type { ReportRow } from "@zeta/client";

interface ReportProps {
  readonly rows: readonly ReportRow[];
}

/** The client's report, line by line: each check with its mark, then what it proves and what it does not. */
export function Report({ rows }: ReportProps) {
  return (
    <dl class="report">
      {rows.map((row) => (
        <div key={row.label} class={row.ok === false ? "row failed" : "row"}>
          <dt>
            <Mark ok={row.ok} />
            {row.label}
          </dt>
          <dd>{row.text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Mark({ ok }: Pick<ReportRow, "ok">) {
  if (ok === null) return <span class="mark" aria-hidden="true" />;
  return (
    <span class={ok ? "mark good" : "mark bad"} role="img" aria-label={ok ? "passed" : "failed"}>
      {ok ? "✓" : "✕"}
    </span>
  );
}
