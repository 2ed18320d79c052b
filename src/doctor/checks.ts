import type { Check } from './check.ts';
import { alerts } from './checks/alerts.ts';
import { clock } from './checks/clock.ts';
import { configuration } from './checks/configuration.ts';
import { credentials } from './checks/credentials.ts';
import { eventStreams } from './checks/event-streams.ts';
import { exporters } from './checks/exporters.ts';
import { ledger } from './checks/ledger.ts';
import { messagingServices } from './checks/messaging-services.ts';
import { phoneNumbers } from './checks/phone-numbers.ts';
import { ports } from './checks/ports.ts';
import { probe } from './checks/public-url.ts';
import { sipDomains } from './checks/sip-domains.ts';
import { tokens } from './checks/tokens.ts';
import { twimlApps } from './checks/twiml-apps.ts';

/** THE list of what the doctor looks at, in the order in which one thing explains the next. */
export const CHECKS: readonly Check[] = [
  configuration,
  ports,
  ledger,
  exporters,
  credentials,
  tokens,
  clock,
  probe,
  eventStreams,
  phoneNumbers,
  messagingServices,
  twimlApps,
  sipDomains,
  alerts,
];
