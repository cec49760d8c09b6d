// SPDX-License-Identifier: Apache-2.0
import { useContext } from "preact/hooks";
import { type EpochHistory, median } from "../model/epoch-history.ts";
import { count, counted, duration, shortHex } from "../model/format.ts";
import { PageContext } from "../page-context.ts";
import { EpochChart } from "../parts/epoch-chart.tsx";
import { Panel } from "../parts/panel.tsx";
import { useObserved } from "../parts/use-observed.ts";

/** Rows of the table beside the chart. */
const ROWS = 8;

/** The certificates as they come, each checked by the client before it is drawn. */
export function Epochs() {
  const { session } = useContext(PageContext);
  const history = useObserved(session.epochs);
  const lead = "Each bar is an epoch whose certificate this page has checked: signature and chain.";
  return (
    <Panel title="Epochs" name="epochs" lead={lead}>
      <Figures history={history} />
      <EpochChart epochs={history.epochs} />
      <details>
        <summary>The last certificates</summary>
        <LastCertificates history={history} />
      </details>
    </Panel>
  );
}

function Figures({ history }: { readonly history: EpochHistory }) {
  const { epochs, first, operations } = history;
  const last = epochs.at(-1);
  const waits = epochs.flatMap((one) => one.waits);
  const middle = median(waits);
  return (
    <dl class="figures">
      <Figure name="certified up to" value={last ? `epoch ${count(last.epoch)}` : "no epoch yet"}>
        {first === null ? "waiting for the first certificate" : `chain from epoch ${count(first)}`}
      </Figure>
      <Figure name="running" value={last ? `epoch ${count(last.epoch + 1)}` : "…"}>
        or later: the certificate proves that every thread has left epoch {last?.epoch ?? "…"}
      </Figure>
      <Figure name="certified calls" value={last ? count(operations) : "…"}>
        {last?.operations != null ? `${count(last.operations)} in the last epoch` : "of everybody"}
      </Figure>
      <Figure name="answer to certificate" value={middle === null ? "…" : duration(middle)}>
        {middle === null
          ? "ask something"
          : `median of ${counted(waits.length, "answer")}, measured here`}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly children: preact.ComponentChildren;
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="value">{value}</dd>
      <dd class="hint">{children}</dd>
    </div>
  );
}

function LastCertificates({ history }: { readonly history: EpochHistory }) {
  const rows = history.epochs.slice(-ROWS).reverse();
  if (rows.length === 0) return <p class="empty">None yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Epoch</th>
          <th scope="col">Calls</th>
          <th scope="col">Certificate</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ epoch, hash, operations }) => (
          <tr key={epoch}>
            <td>{count(epoch)}</td>
            <td>{operations === null ? "–" : count(operations)}</td>
            <td>
              <code>{shortHex(hash)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
