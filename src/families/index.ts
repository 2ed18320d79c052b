import { call } from './call.ts';
import type { Family } from './family.ts';
import { message } from './message.ts';

/** Every callback family that the agent receives, at `<receivers.twilio.path>/<name>`. */
export const FAMILIES: readonly Family[] = [message, call];
