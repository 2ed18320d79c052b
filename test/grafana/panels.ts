import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

export type PanelJson = Panel;

/** The panels of a dashboard, without its rows. */
export const panelsOf = (dashboard: Dashboard): PanelJson[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');

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
