import type { IncomingMessage } from 'node:http';
import type { Instruments } from '../../instrumentation/instruments.ts';
import type { AppParts } from '../receive/app.ts';
import type { CallbackRoom } from '../receive/room.ts';
import type { TransportReason } from '../rejection.ts';
import type { Sender } from './headers.ts';

/** What stands behind all routes. */
export interface ForwardRoom extends Pick<AppParts, 'inFlight' | 'outcomes' | 'state'> {
  readonly callbacks: CallbackRoom;
  readonly limits: AppParts['limits'];
  readonly instruments: Instruments;
  readonly onTransportError: (reason: TransportReason) => void;
  readonly senderOf: (req: IncomingMessage) => Sender;
}
