import type { Resource } from '../fake.ts';
import { type Item, sid } from './paging.ts';

/** RFC 2822, as Twilio writes times. */
export const rfc2822 = (ms: number): string => new Date(ms).toUTCString().replace('GMT', '+0000');

/** A message as Twilio lists it, with what must appear nowhere: the numbers and the text. */
export const listedMessage = (n: number, sentMs: number, status: string, over: Item = {}): Item => ({
  sid: sid('SM', 0x1000 + n),
  account_sid: '',
  messaging_service_sid: null,
  status,
  error_code: status === 'failed' || status === 'undelivered' ? 30003 : null,
  error_message: null,
  direction: 'outbound-api',
  from: '+14155550100',
  to: '+14155550199',
  body: 'the code is secret-4711',
  num_segments: '1',
  num_media: '0',
  price: null,
  price_unit: 'USD',
  api_version: '2010-04-01',
  date_created: rfc2822(sentMs),
  date_sent: rfc2822(sentMs),
  date_updated: rfc2822(sentMs + 4_000),
  uri: '',
  subresource_uris: {},
  ...over,
});

/** A call as Twilio lists it. */
export const listedCall = (n: number, startMs: number, status: string, over: Item = {}): Item => ({
  sid: sid('CA', 0x1000 + n),
  account_sid: '',
  parent_call_sid: null,
  status,
  direction: 'outbound-api',
  from: '+14155550100',
  to: '+14155550199',
  from_formatted: '(415) 555-0100',
  to_formatted: '(415) 555-0199',
  start_time: rfc2822(startMs),
  end_time: rfc2822(startMs + 42_000),
  duration: status === 'completed' ? '42' : '0',
  date_created: rfc2822(startMs),
  date_updated: rfc2822(startMs + 42_000),
  price: null,
  price_unit: 'USD',
  api_version: '2010-04-01',
  uri: '',
  subresource_uris: {},
  ...over,
});

const TOKEN = 'PA';

/**
 * A list that Twilio orders by a time, the newest first, and filters by it, both ends included. Where a page goes on is
 * told by the last item of the one before, so what comes or goes meanwhile moves nothing.
 */
const timedList =
  (
    name: string,
    key: string,
    [time, filter]: readonly [member: string, filter: string],
    items: () => readonly Item[],
  ): Resource =>
  ({ path, query, account }) => {
    if (path !== `/2010-04-01/Accounts/${account}/${name}.json`) return undefined;
    const at = (item: Item) => Date.parse(String(item[time]));
    const from = Date.parse(query.get(`${filter}>`) ?? '') || 0;
    const to = Date.parse(query.get(`${filter}<`) ?? '') || Number.POSITIVE_INFINITY;
    const order = (item: Item) => [-at(item), String(item['sid'])] as const;
    const sorted = items()
      .filter((item) => at(item) >= from && at(item) <= to)
      .map((item) => [order(item), item] as const)
      .sort(([a], [b]) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
    const token = query.get('PageToken') ?? '';
    const [, tokenAt = '', tokenSid = ''] = /^PA(-?\d+)_(\w+)$/.exec(token) ?? [];
    const behind =
      token === ''
        ? sorted
        : sorted.filter(([[t, s]]) => t > Number(tokenAt) || (t === Number(tokenAt) && s > tokenSid));
    const size = Math.min(Number(query.get('PageSize') ?? 50), LARGEST.page);
    const shown = behind.slice(0, size);
    const last = shown.at(-1)?.[0];
    const more = behind.length > size && last;
    const page = Number(query.get('Page') ?? 0);
    const bounds = [`${filter}>`, `${filter}<`]
      .flatMap((each) =>
        query.has(each) ? [`${encodeURIComponent(each)}=${encodeURIComponent(query.get(each)!)}`] : [],
      )
      .join('&');
    return {
      [key]: shown.map(([, item]) => item),
      page,
      page_size: size,
      uri: path,
      next_page_uri: more
        ? `${path}?${bounds}&PageSize=${size}&Page=${page + 1}&PageToken=${TOKEN}${last[0]}_${last[1]}`
        : null,
    };
  };

/** Twilio's largest page; a test makes it smaller so that few items fill several. */
export const LARGEST = { page: 1_000 };

export const messages = (items: () => readonly Item[]) =>
  timedList('Messages', 'messages', ['date_sent', 'DateSent'], items);
export const calls = (items: () => readonly Item[]) => timedList('Calls', 'calls', ['start_time', 'StartTime'], items);
