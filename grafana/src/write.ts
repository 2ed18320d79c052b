import { writeFileSync } from 'node:fs';
import { DASHBOARDS, dashboardJson } from './dashboards.ts';

// `npm run dashboards`
for (const dashboard of DASHBOARDS) {
  writeFileSync(new URL(`../dashboards/${dashboard.uid}.json`, import.meta.url), dashboardJson(dashboard));
}
