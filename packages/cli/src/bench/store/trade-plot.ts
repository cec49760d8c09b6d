// SPDX-License-Identifier: Apache-2.0
import type { TradePoint, TradeSeries } from "./tradeoff.ts";

const [WIDTH, HEIGHT] = [720, 440];
const FRAME = { left: 70, right: 150, top: 50, bottom: 60 };
/** Readable on white and on black, and by people who do not tell red from green (Okabe and Ito). */
const COLOURS = ["#d55e00", "#009e73", "#0072b2"];

/** Colours of text and lines follow the reader's light or dark theme. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #222 }
  .title { font-size: 15px; font-weight: 600 }
  .axis { stroke: #222; stroke-width: 1 }
  .grid { stroke: #8886; stroke-width: 1 }
  .back { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .axis { stroke: #ddd } .back { fill: #111 }
  }`;

/** Throughput against the time from an epoch's close to its certificate, one line per warm set; each point names its epoch length. */
export function plotTrade(series: readonly TradeSeries[], title: string): string {
  const points = series.flatMap((one) => one.points);
  const x = logScale(points.map((point) => point.certificationMs));
  const y = linearScale(Math.max(...points.map((point) => point.operationsPerSecond)) / 1e6);
  const at = (point: TradePoint) => ({
    x: x.place(point.certificationMs),
    y: y.place(point.operationsPerSecond / 1e6),
  });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${title}</title><style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${FRAME.left}" y="26">${title}</text>`,
    ...x.ticks.map((tick) => verticalTick(x.place(tick), `${tick}`)),
    ...y.ticks.map((tick) => horizontalTick(y.place(tick), `${tick}`)),
    axisNames(),
    ...series.map((one, number) => line(one, COLOURS[number % COLOURS.length] ?? "", number, at)),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

interface Scale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

const INNER_WIDTH = WIDTH - FRAME.left - FRAME.right;
const INNER_HEIGHT = HEIGHT - FRAME.top - FRAME.bottom;

/** Powers of ten around the values, and the 2 and 5 between them. */
function logScale(values: readonly number[]): Scale {
  const low = Math.floor(Math.log10(Math.max(1, Math.min(...values))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks: number[] = [];
  for (let power = low; power <= high; power++) {
    for (const step of power < high ? [1, 2, 5] : [1]) ticks.push(step * 10 ** power);
  }
  const share = (value: number) => (Math.log10(Math.max(1, value)) - low) / (high - low);
  return { ticks, place: (value) => FRAME.left + INNER_WIDTH * share(value) };
}

function linearScale(most: number): Scale {
  const top = Math.max(1, Math.ceil(most));
  const ticks = Array.from({ length: top + 1 }, (_, tick) => tick);
  return { ticks, place: (value) => FRAME.top + INNER_HEIGHT * (1 - value / top) };
}

function verticalTick(x: number, label: string): string {
  const bottom = FRAME.top + INNER_HEIGHT;
  return (
    `<line class="grid" x1="${round(x)}" x2="${round(x)}" y1="${FRAME.top}" y2="${bottom}"/>` +
    `<text x="${round(x)}" y="${bottom + 18}" text-anchor="middle">${label}</text>`
  );
}

function horizontalTick(y: number, label: string): string {
  const right = FRAME.left + INNER_WIDTH;
  return (
    `<line class="grid" x1="${FRAME.left}" x2="${right}" y1="${round(y)}" y2="${round(y)}"/>` +
    `<text x="${FRAME.left - 8}" y="${round(y + 4)}" text-anchor="end">${label}</text>`
  );
}

function axisNames(): string {
  const middle = FRAME.top + INNER_HEIGHT / 2;
  return (
    `<text x="${FRAME.left + INNER_WIDTH / 2}" y="${HEIGHT - 14}" text-anchor="middle">` +
    `milliseconds from the close of an epoch to its certificate (logarithmic)</text>` +
    `<text transform="translate(20 ${middle}) rotate(-90)" text-anchor="middle">million verified op/s</text>`
  );
}

function line(
  { recordEpochs, points }: TradeSeries,
  colour: string,
  number: number,
  at: (point: TradePoint) => { readonly x: number; readonly y: number },
): string {
  const places = points.map((point) => ({ ...at(point), label: `${point.epochMs / 1000} s` }));
  const path = places.map(({ x, y }) => `${round(x)},${round(y)}`).join(" ");
  const legend = { x: FRAME.left + INNER_WIDTH + 14, y: FRAME.top + 20 + 22 * number };
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...places.map(
      ({ x, y, label }) =>
        `<circle cx="${round(x)}" cy="${round(y)}" r="4" fill="${colour}"/>` +
        `<text x="${round(x + 7)}" y="${round(y - 7)}" font-size="11">${label}</text>`,
    ),
    `<line x1="${legend.x}" x2="${legend.x + 18}" y1="${legend.y}" y2="${legend.y}" stroke="${colour}" stroke-width="2"/>`,
    `<text x="${legend.x + 24}" y="${legend.y + 4}">warm ${recordEpochs} epoch${recordEpochs === 1 ? "" : "s"}</text>`,
  ].join("\n");
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
