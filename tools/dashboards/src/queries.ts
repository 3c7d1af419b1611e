import { readdirSync, readFileSync } from 'node:fs';

/** Where the generated dashboards are. */
export const dashboardsFolder = new URL('../../../deploy/grafana/dashboards/', import.meta.url);

/** One query of one panel, as it stands in the dashboard. */
export interface DashboardQuery {
  readonly dashboard: string;
  readonly panel: string;
  /** PromQL for Prometheus, or a Lucene query string for Elasticsearch. */
  readonly language: 'promql' | 'lucene';
  readonly query: string;
  /** Of Elasticsearch: the id of the data source, which says which data streams are searched. */
  readonly source: string;
  /** Asked for one moment, not for a range. */
  readonly instant: boolean;
}

interface Target {
  readonly expr?: string;
  readonly query?: string;
  readonly instant?: boolean;
}

interface PanelJson {
  readonly title?: string;
  readonly datasource?: { readonly uid?: string };
  readonly targets?: readonly Target[];
  readonly panels?: readonly PanelJson[];
}

/** Every query of every dashboard, so that a test can ask the real backends each of them. */
export function dashboardQueries(): DashboardQuery[] {
  const files = readdirSync(dashboardsFolder).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => {
    const { panels } = JSON.parse(readFileSync(new URL(name, dashboardsFolder), 'utf8')) as PanelJson;
    return (panels ?? []).flatMap((panel) => queriesOf(name.replace('.json', ''), panel));
  });
}

function queriesOf(dashboard: string, panel: PanelJson): DashboardQuery[] {
  const own = (panel.targets ?? []).map(({ expr, query, instant }): DashboardQuery => {
    const common = {
      dashboard,
      panel: panel.title ?? '',
      source: panel.datasource?.uid ?? '',
      instant: instant === true,
    };
    if (expr !== undefined) return { ...common, language: 'promql', query: expr };
    return { ...common, language: 'lucene', query: query ?? '' };
  });
  return [...own, ...(panel.panels ?? []).flatMap((inner) => queriesOf(dashboard, inner))];
}

/** What Grafana puts in the place of its variables. */
export interface Substitutions {
  /** Default 1m. */
  readonly rateInterval?: string;
  readonly traceId?: string;
}

/** A query as it would be sent. */
export function concreteQuery(
  query: string,
  { rateInterval = '1m', traceId = '' }: Substitutions = {},
): string {
  return query.replaceAll('$__rate_interval', rateInterval).replaceAll('${trace_id}', traceId);
}
