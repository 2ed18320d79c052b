import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agent } from './agent.ts';
import { cost } from './cost.ts';
import { events } from './events.ts';
import { messages } from './messages.ts';
import { overview } from './overview.ts';
import { products } from './products.ts';
import { slo } from './slo.ts';
import { voice } from './voice.ts';

/** Every dashboard; its `uid` is the name of its file in `grafana/dashboards`. */
export const DASHBOARDS: readonly Dashboard[] = [overview, slo, messages, voice, events, products, cost, agent];

/** What stands in the file. */
export const dashboardJson = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`;
