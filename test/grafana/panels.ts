import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

export type PanelJson = Panel;

/** The panels of a dashboard, without its rows. */
export const panelsOf = (dashboard: Dashboard): PanelJson[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');

/** Every query of a dashboard with the title of its panel. */
export function expressions(dashboard: Dashboard): { title: string; expr: string }[] {
  return panelsOf(dashboard).flatMap(({ title, targets }) =>
    (targets ?? []).map((target) => ({ title: title ?? '', expr: (target as unknown as { expr: string }).expr })),
  );
}
