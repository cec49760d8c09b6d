// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type CertifiedEpoch, EPOCHS_KEPT, median } from "../model/epoch-history.ts";
import { duration } from "../model/format.ts";

const HEIGHT = 190;

/** Epochs that are seen at least, so that the first bars are no wider than the later ones. */
const EPOCHS_SEEN = EPOCHS_KEPT / 3;

/** The axes reach at least this far: an idle service has a scale, too. */
const OPERATIONS_SEEN = 5;
const WAIT_SEEN_MS = 1000;

interface EpochChartProps {
  readonly epochs: readonly CertifiedEpoch[];
}

/** Bars: calls of an epoch. Dots: how long this page's answers of it waited for the certificate. */
export function EpochChart({ epochs }: EpochChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(dataOf(epochs));
  shown.current = dataOf(epochs);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(element), shown.current, element);
    };
    draw();
    const fit = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    fit.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      scheme.removeEventListener("change", draw);
      fit.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(epochs)), [epochs]);
  return (
    <figure class="chart">
      <div
        ref={frame}
        role="img"
        aria-label="Calls per certified epoch, and how long answers waited; the figures above and the table below say the same"
      />
      <figcaption>
        <span class="key bars" aria-hidden="true" /> calls in the epoch
        <span class="key dots" aria-hidden="true" /> this page's answers: wait for the certificate
      </figcaption>
    </figure>
  );
}

function dataOf(epochs: readonly CertifiedEpoch[]): uPlot.AlignedData {
  return [
    epochs.map(({ epoch }) => epoch),
    epochs.map(({ operations }) => operations),
    epochs.map(({ waits }) => median(waits)),
  ];
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(`--${name}`).trim();
  const [ink, soft, line, accent] = ["ink", "soft", "line", "accent"].map(colour) as [
    string,
    string,
    string,
    string,
  ];
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: soft, font, ticks: { show: false } } as const;
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 0, 0, 0],
    scales: {
      x: { time: false, range: (_, min, max) => window(min, max) },
      calls: { range: (_, _min, max) => [0, Math.max(OPERATIONS_SEEN, max * 1.1)] },
      wait: { range: (_, _min, max) => [0, Math.max(WAIT_SEEN_MS, max * 1.1)] },
    },
    axes: [
      { ...axis, size: 30, grid: { show: false }, incrs: [1, 2, 5, 10, 20, 50], values: whole },
      { ...axis, scale: "calls", size: 44, grid: { stroke: line, width: 1 }, values: whole },
      { ...axis, scale: "wait", side: 1, size: 52, grid: { show: false }, values: waits },
    ],
    series: [
      {},
      {
        scale: "calls",
        stroke: accent,
        fill: accent,
        width: 0,
        points: { show: false },
        ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.7, 24], align: 0 }) }),
      },
      {
        scale: "wait",
        stroke: ink,
        width: 0,
        paths: () => null,
        points: { show: true, size: 6, width: 1.5, stroke: ink, fill: colour("paper") },
      },
    ],
  };
}

/** The epochs up to the newest, at least {@link EPOCHS_SEEN} places wide. */
function window(min: number | null, max: number | null): [number, number] {
  const last = max ?? 0;
  const first = Math.min(min ?? 0, last - EPOCHS_SEEN);
  return [first - 0.5, last + 0.5];
}

/** Only whole numbers of calls and epochs exist, and no epoch before 0. */
function whole(_: uPlot, splits: number[]): string[] {
  return splits.map((one) => (Number.isInteger(one) && one >= 0 ? String(one) : ""));
}

function waits(_: uPlot, splits: number[]): string[] {
  return splits.map((one) => duration(one));
}
