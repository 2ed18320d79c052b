import { expect } from 'chai';
import { Places } from '../../src/doctor/twilio/places.ts';
import { load } from '../config/room.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const places = new Places(
  load(
    { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL: 'https://hooks.example.com/twilio,https://other.example.com:8443' },
    [],
    [
      'receivers.twilio.forward=[{path: /app/status, to: "http://app:3000", family: call}, {path: "/app/*", to: "http://app:3000"}]',
      'receivers.twilio.families.message.public_urls=https://mirror.example.com/sms/status',
    ],
  ),
);

const CASES: readonly (readonly [url: unknown, place: string])[] = [
  ['', 'none'],
  [null, 'none'],
  ['https://app.example.com/webhooks/call', 'elsewhere'],
  ['not a url', 'elsewhere'],
  ['https://hooks.example.com/twilio/webhooks/call#rc=3', 'agent call true'],
  ['https://hooks.example.com/twilio/webhooks/call', 'agent call false'],
  ['https://hooks.example.com/twilio/webhooks/call?tenant=1#ct=3000&rc=1', 'agent call true'],
  ['https://hooks.example.com/twilio/webhooks/call#rc=0', 'agent call false'],
  ['https://HOOKS.example.com:443/twilio/webhooks/message#rc=5&rp=all', 'agent message true'],
  ['https://user:password@hooks.example.com/twilio/webhooks/message#rc=3', 'agent message true'],
  ['https://other.example.com:8443/webhooks/message#rc=3', 'agent message true'],
  ['https://other.example.com/webhooks/message#rc=3', 'elsewhere'],
  ['https://hooks.example.com/webhooks/call', 'elsewhere'],
  ['https://hooks.example.com/twilio/webhooks/calls', 'unserved'],
  ['https://hooks.example.com/twilio/Webhooks/Call', 'unserved'],
  ['https://hooks.example.com/twilio/webhooks/call/', 'unserved'],
  ['http://hooks.example.com/twilio/webhooks/call', 'other_scheme'],
  ['https://hooks.example.com/twilio/app/status#rc=3', 'forward call true'],
  ['https://hooks.example.com/twilio/app/voice', 'forward undefined false'],
  ['https://hooks.example.com/shop', 'elsewhere'],
  ['https://mirror.example.com/sms/status#rc=3', 'agent message true'],
  ['http://mirror.example.com/sms/status', 'other_scheme'],
];

describe('doctor: where a URL at Twilio leads', () => {
  for (const [url, expected] of CASES) {
    it(`${JSON.stringify(url)}: ${expected}`, () => {
      const place = places.of(url);
      expect('feed' in place ? `${place.at} ${place.feed} ${place.retried}` : place.at).to.equal(expected);
    });
  }
});
