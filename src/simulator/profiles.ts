import type { Range, Weighted } from './random.ts';

/** What befalls messages and calls at one time. Shares are parts of 1. */
export interface Weather {
  /** Messages that fail, and with which error codes. */
  readonly messagesFailing: number;
  readonly errorCodes: Weighted<string>;
  /** Messages of which no end is ever told. */
  readonly messagesUnreported: number;
  /** How long a carrier takes, in ms. */
  readonly carrierMs: Range;
  /** How calls end. */
  readonly callEnds: Weighted<CallEnd>;
  /** How the user's own webhook answers Twilio's voice callbacks: its status, 0 for none at all. */
  readonly webhookAnswers: Weighted<number>;
  /** How many times the usual number of messages is sent, the additional ones to numbers of one country. */
  readonly pumped: number;
  /** The token that Twilio signs with: the one that it shows first, or the one that was promoted. */
  readonly token: Token;
}

export type Token = 'primary' | 'secondary';
export type CallEnd = 'completed' | 'busy' | 'no-answer' | 'canceled' | 'failed 404' | 'failed 503';

export interface Profile {
  /** What happens, for a person. */
  readonly says: string;
  /** What is other than in good weather, once it begins. */
  readonly incident: Partial<Weather>;
}

export const FAIR: Weather = {
  messagesFailing: 0.01,
  errorCodes: [
    ['30003', 6],
    ['30005', 3],
    ['30006', 1],
  ],
  messagesUnreported: 0.01,
  carrierMs: [1_000, 9_000],
  callEnds: [
    ['completed', 92],
    ['no-answer', 4],
    ['busy', 2],
    ['canceled', 1],
    ['failed 404', 1],
  ],
  webhookAnswers: [[200, 1]],
  pumped: 1,
  token: 'primary',
};

/** The stories that can be told. Each begins in good weather; after a fifth of the time its incident begins, and lasts. */
export const PROFILES = {
  healthy: { says: 'nothing goes wrong but what always does', incident: {} },
  outage: {
    says: 'carriers cannot be reached: six of ten messages and half of the calls fail',
    incident: {
      messagesFailing: 0.6,
      errorCodes: [
        ['30008', 6],
        ['30003', 3],
        ['30005', 1],
      ],
      callEnds: [
        ['completed', 50],
        ['failed 503', 50],
      ],
    },
  },
  'carrier-slow': {
    says: 'carriers take minutes where they took seconds; everything arrives',
    incident: { carrierMs: [130_000, 290_000] },
  },
  'content-filtered': {
    says: 'one message in six is filtered as unwanted (30007)',
    incident: { messagesFailing: 0.16, errorCodes: [['30007', 1]] },
  },
  'fraud-burst': {
    says: 'somebody pumps messages to numbers of one country, of whose arrival little is told',
    incident: { pumped: 6 },
  },
  'webhook-down': {
    says: "the application's own voice webhook answers 502 or nothing, which Twilio's error log tells",
    incident: {
      webhookAnswers: [
        [502, 7],
        [0, 3],
      ],
    },
  },
  'token-rotation': {
    says: 'the auth token is rotated: from then on Twilio signs with the secondary one, which the agent knows or not',
    incident: { token: 'secondary' },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];
export const isProfile = (name: string): name is ProfileName => Object.hasOwn(PROFILES, name);
