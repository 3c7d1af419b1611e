import * as common from '@grafana/grafana-foundation-sdk/common';
import * as elasticsearch from '@grafana/grafana-foundation-sdk/elasticsearch';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import {
  DataqueryBuilder as PromqlBuilder,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { elasticsearchLogs, elasticsearchTraces, prometheus } from './sources.ts';

/** One line or group of lines of a panel. */
export interface Line {
  readonly promql: string;
  readonly legend: string;
  /** Puts points on the lines that lead to traces; for histograms of span metrics. */
  readonly exemplars?: boolean;
}

interface Look {
  readonly title: string;
  /** What one has to know to read it. */
  readonly about: string;
  readonly unit: string;
  /** Of the 24 columns; default 12. */
  readonly width?: number;
}

const letters = 'ABCDEFGH';

const targets = (lines: readonly Line[]): PromqlBuilder[] =>
  lines.map(({ promql, legend, exemplars = false }, index) =>
    new PromqlBuilder()
      .refId(letters[index] ?? 'Z')
      .expr(promql)
      .legendFormat(legend)
      .range()
      .exemplar(exemplars),
  );

/** Lines over time. */
export function graph({ title, about, unit, width = 12 }: Look, ...lines: Line[]) {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(prometheus)
    .unit(unit)
    .min(0)
    .span(width)
    .height(8)
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
    .targets(targets(lines));
}

/** One number, as it is now. */
export function number({ title, about, unit, width = 4 }: Look, promql: string) {
  return new stat.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(prometheus)
    .unit(unit)
    .span(width)
    .height(4)
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.Area)
    .noValue('none')
    .targets(targets([{ promql, legend: title }]));
}

/** A row for each label set, as it is now. */
export function rows({ title, about, unit, width = 24 }: Look, promql: string) {
  return new table.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(prometheus)
    .unit(unit)
    .span(width)
    .height(8)
    .withTransformation({ id: 'organize', options: { excludeByName: { Time: true } } })
    .targets([new PromqlBuilder().refId('A').expr(promql).instant().format(PromQueryFormat.Table)]);
}

/** Log records that a Lucene query finds. */
export function records(title: string, about: string, lucene: string, height = 10) {
  return new logs.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(elasticsearchLogs)
    .span(24)
    .height(height)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .targets([
      new elasticsearch.DataqueryBuilder()
        .refId('A')
        .query(lucene)
        .timeField('@timestamp')
        .metrics([new elasticsearch.LogsBuilder().id('1').settings({ limit: '500' })]),
    ]);
}

/** How many spans a Lucene query finds, over time. */
export function spanCount({ title, about, unit, width = 12 }: Look, lucene: string, field: string) {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(elasticsearchTraces)
    .unit(unit)
    .min(0)
    .span(width)
    .height(8)
    .drawStyle(common.GraphDrawStyle.Bars)
    .targets([
      new elasticsearch.DataqueryBuilder()
        .refId('A')
        .query(lucene)
        .timeField('@timestamp')
        .metrics([new elasticsearch.CountBuilder().id('1')])
        .bucketAggs([
          new elasticsearch.TermsBuilder().id('3').field(field),
          new elasticsearch.DateHistogramBuilder().id('2').field('@timestamp'),
        ]),
    ]);
}
