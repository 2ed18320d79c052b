import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as piechart from '@grafana/grafana-foundation-sdk/piechart';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

export interface PanelSpec {
  readonly title: string;
  /** What the number means and when to worry. */
  readonly description: string;
  readonly expr: string;
  /** Grafana's unit: `short`, `percentunit`, `cpm` (a minute), `s`. */
  readonly unit: string;
  /** The legend of each series, such as `{{status}}`. */
  readonly legend?: string;
  /** Width out of 24 columns. */
  readonly width: number;
  /** From green to red, or from red to green when the second is lower. */
  readonly thresholds?: readonly [color: string, from: number | null][];
  /** Words for 1 and 0. */
  readonly words?: readonly [one: string, zero: string];
}

export type PanelOf = (id: number) => cog.Builder<Panel>;

/** The one that the dashboard's reader chose. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

const instant = ({ expr, legend }: PanelSpec) =>
  new DataqueryBuilder()
    .refId('A')
    .expr(expr)
    .instant()
    .legendFormat(legend ?? '__auto');

interface Framed {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: typeof DATASOURCE): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
}

/** What every panel has, whatever it shows. */
const framed = <B extends Framed>(panel: B, spec: PanelSpec, id: number, height = 8): B =>
  panel
    .id(id)
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .span(spec.width)
    .height(height);

/** One number over the chosen time range. */
export const statPanel =
  (spec: PanelSpec): PanelOf =>
  (id) => {
    const panel = framed(new stat.PanelBuilder(), spec, id, 4)
      .noValue('-')
      .graphMode(BigValueGraphMode.None)
      .colorMode(spec.thresholds || spec.words ? BigValueColorMode.Background : BigValueColorMode.Value)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      .mappings(spec.words ? [wordsFor(spec.words)] : [])
      .withTarget(instant(spec));
    const steps = spec.thresholds ?? (spec.words ? RED_THEN_GREEN : [['blue', null] as const]);
    return panel.thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(steps.map(([color, value]) => ({ color, value }))),
    );
  };

const RED_THEN_GREEN = [
  ['red', null],
  ['green', 1],
] as const;

const wordsFor = ([one, zero]: readonly [string, string]): ValueMapping => ({
  type: MappingType.ValueToText,
  options: { '1': { text: one }, '0': { text: zero } },
});

/** How something changed over the chosen time range. */
export const graph =
  (spec: PanelSpec & { readonly stacked?: boolean }): PanelOf =>
  (id) =>
    framed(new timeseries.PanelBuilder(), spec, id)
      .min(0)
      .fillOpacity(spec.stacked ? 30 : 10)
      .showPoints(VisibilityMode.Never)
      .stacking(new StackingConfigBuilder().mode(spec.stacked ? StackingMode.Normal : StackingMode.None))
      .legend(
        new VizLegendOptionsBuilder()
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom)
          .showLegend(true),
      )
      .withTarget(
        new DataqueryBuilder()
          .refId('A')
          .expr(spec.expr)
          .range()
          .legendFormat(spec.legend ?? '__auto'),
      );

/** The parts of a whole over the chosen time range. */
export const pie =
  (spec: PanelSpec): PanelOf =>
  (id) =>
    framed(new piechart.PanelBuilder(), spec, id)
      .pieType(piechart.PieChartType.Donut)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      .legend(
        new piechart.PieChartLegendOptionsBuilder()
          .displayMode(LegendDisplayMode.Table)
          .placement(LegendPlacement.Right)
          .showLegend(true)
          .values([piechart.PieChartLegendValues.Value, piechart.PieChartLegendValues.Percent]),
      )
      .withTarget(instant(spec));

/** One column of a table: the label that it shows (`Value` for the number), and how. */
export interface Column {
  readonly label: string;
  readonly title: string;
  /** Pixels. */
  readonly width?: number;
  /** Texts in the place of the label's values. */
  readonly mappings?: readonly ValueMapping[];
  readonly link?: { readonly title: string; readonly url: string };
}

/** A row per series; Grafana's own column of times is left out. The columns stand in the order that is given. */
export const list =
  (spec: PanelSpec & { readonly columns?: readonly Column[] }): PanelOf =>
  (id) => {
    const columns = spec.columns ?? [{ label: 'Value', title: 'Count' }];
    const panel = framed(new table.PanelBuilder(), spec, id)
      .withTarget(instant(spec).format(PromQueryFormat.Table))
      .withTransformation({
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          ...(spec.columns ? { indexByName: Object.fromEntries(columns.map(({ label }, i) => [label, i])) } : {}),
          renameByName: Object.fromEntries(columns.map(({ label, title }) => [label, title])),
        },
      });
    for (const column of columns) {
      const shown = propertiesOf(column);
      if (shown.length > 0) panel.overrideByName(column.title, shown);
    }
    return panel;
  };

/** One number in each row of a table, by a query of its own. */
export interface Measure {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
  readonly width?: number;
}

/** A table with a row for each value of one label, and several numbers about it; sorted by the first of them. */
export const comparison =
  (spec: {
    readonly title: string;
    readonly description: string;
    readonly width: number;
    readonly label: string;
    readonly heading: string;
    readonly measures: readonly Measure[];
    /** What stands there where no series has the label: what to switch on. */
    readonly nothing: string;
  }): PanelOf =>
  (id) => {
    const letter = (i: number) => String.fromCharCode('A'.charCodeAt(0) + i);
    const fields = spec.measures.map(({ title }, i) => [`Value #${letter(i)}`, title] as const);
    const panel = framed(new table.PanelBuilder(), { ...spec, expr: '', unit: 'short' }, id)
      .noValue(spec.nothing)
      .withTransformation({ id: 'merge', options: {} })
      .withTransformation({
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(
            [spec.label, ...fields.map(([field]) => field)].map((field, i) => [field, i]),
          ),
          renameByName: Object.fromEntries([[spec.label, spec.heading], ...fields]),
        },
      })
      .sortBy([new TableSortByFieldStateBuilder().displayName(spec.measures[0]!.title).desc(true)]);
    for (const [i, { title, expr, unit, width }] of spec.measures.entries()) {
      panel.withTarget(
        new DataqueryBuilder().refId(letter(i)).expr(expr).instant().legendFormat(title).format(PromQueryFormat.Table),
      );
      panel.overrideByName(title, [
        { id: 'unit', value: unit },
        ...(width ? [{ id: 'custom.width', value: width }] : []),
      ]);
    }
    return panel;
  };

const propertiesOf = ({ width, mappings, link }: Column) => [
  ...(width ? [{ id: 'custom.width', value: width }] : []),
  ...(mappings ? [{ id: 'mappings', value: mappings }] : []),
  ...(link ? [{ id: 'links', value: [{ ...link, targetBlank: true }] }] : []),
];
