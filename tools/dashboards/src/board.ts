import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';

/** Panels under one heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

/** A dashboard of this project: read-only, since the next start would undo what is changed in it. */
export function board(
  uid: string,
  title: string,
  about: string,
  sections: readonly Section[],
): DashboardBuilder {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['ryzanstein'])
    .readonly()
    .refresh('10s')
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Ryzanstein')
        .type(DashboardLinkType.Dashboards)
        .tags(['ryzanstein'])
        .keepTime(true)
        .includeVars(false),
    );
  for (const section of sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  return builder;
}
