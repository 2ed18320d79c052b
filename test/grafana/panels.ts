import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

export type PanelJson = Panel;

const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === 'row';

/** The panels of a dashboard, without its rows; those of a collapsed row lie in it. */
export const panelsOf = (dashboard: Dashboard): PanelJson[] =>
  (dashboard.panels ?? []).flatMap((panel) => (isRow(panel) ? panel.panels : [panel]));

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

/** Every query of a dashboard with the title of its panel, and that of its column where there are several. */
export function expressions(dashboard: Dashboard): { title: string; expr: string }[] {
  return panelsOf(dashboard).flatMap(({ title, targets }) =>
    ((targets as unknown as Target[] | undefined) ?? []).map(({ expr, legendFormat }, _, all) => ({
      title: all.length > 1 ? `${title}: ${legendFormat}` : (title ?? ''),
      expr,
    })),
  );
}
