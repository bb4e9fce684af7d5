// Drawings of anything by anything, on the pages that explore. Loaded only where one is on the page.
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, HeatmapChart, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

type Series = { name: string; data: (number | null)[] | number[][] };
type Given = { kind: "line" | "bar" | "heat"; names: string[]; rows?: string[]; series: Series[]; unit: string; title: string; currency: string; language: string };

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function writer(given: Given): (value: number) => string {
  const kinds: Record<string, Intl.NumberFormatOptions> = {
    percent: { style: "percent", maximumFractionDigits: 1 },
    money: { style: "currency", currency: given.currency, notation: "compact", maximumFractionDigits: 1 },
    number: { maximumFractionDigits: 2 },
  };
  const format = new Intl.NumberFormat(given.language, kinds[given.unit] ?? {});
  return (value) => format.format(value);
}

function option(given: Given): EChartsCoreOption {
  const write = writer(given);
  const ink = token("--ink-2");
  const text = { color: ink, fontFamily: token("--font") || "inherit", fontSize: 12 };
  const line = { lineStyle: { color: token("--line") } };
  const colours = ["--cat-1", "--cat-2", "--cat-3", "--cat-4", "--cat-5"].map(token).filter(Boolean);
  const tooltip = { renderMode: "richText", trigger: given.kind === "heat" ? "item" : "axis", valueFormatter: (value: unknown) => (typeof value === "number" ? write(value) : "–") };
  const names = { type: "category", data: given.names, axisLabel: text, axisLine: line, axisTick: { show: false } };
  const base = { animation: false, textStyle: text, tooltip, grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true } };
  if (given.kind === "heat") {
    const values = (given.series[0]?.data as number[][]).map((cell) => cell[2] ?? 0);
    return {
      ...base,
      xAxis: names,
      yAxis: { type: "category", data: given.rows, inverse: true, axisLabel: text, axisLine: line, axisTick: { show: false } },
      visualMap: { min: Math.min(...values), max: Math.max(...values), calculable: false, orient: "horizontal", right: 8, top: 0, textStyle: text, formatter: (value: number) => write(value), inRange: { color: [token("--sunken"), token("--data")] } },
      series: [{ type: "heatmap", name: given.title, data: given.series[0]?.data, label: { show: values.length <= 120, formatter: (cell: { value: number[] }) => write(cell.value[2] ?? 0), fontSize: 11 } }],
    };
  }
  const value = { type: "value", name: given.title, nameTextStyle: { ...text, align: "left" }, axisLabel: { ...text, formatter: write }, splitLine: line };
  const flat = given.kind === "bar" && given.names.length > 8;
  return {
    ...base,
    color: colours.length ? colours : [token("--data")],
    legend: { show: given.series.length > 1, top: 0, right: 8, textStyle: text, icon: "roundRect" },
    xAxis: flat ? { ...value, name: "" } : names,
    yAxis: flat ? { ...names, inverse: true } : value,
    series: given.series.map((each) => ({ type: given.kind, name: each.name, data: each.data, connectNulls: false, symbolSize: 6, barMaxWidth: 26, lineStyle: { width: 2 } })),
  };
}

export function draw(box: HTMLElement): void {
  const given = JSON.parse(box.dataset["echart"] ?? "{}") as Given;
  if (given.kind === "bar" && given.names.length > 8) box.style.blockSize = `${Math.min(900, 60 + given.names.length * 26)}px`;
  const chart = init(box, null, { renderer: "canvas" });
  chart.setOption(option(given));
  new ResizeObserver(() => chart.resize()).observe(box);
}
