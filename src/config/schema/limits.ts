import { count, duration, size } from '../values.ts';

/** What the receiver of callbacks takes at most, and how long it waits. */
export const LIMITS = {
  max_body_size: size('64KiB', { min: '1KiB', max: '1MiB' }).describe(
    'The largest body; a larger one is refused: 413.',
  ),
  max_json_body_size: size('1MiB', { min: '1KiB', max: '16MiB' }).describe(
    'The largest body of a batch in JSON, as Event Streams sends it; a larger one is refused: 413.',
  ),
  max_events: count(1_000, { min: 1, max: 10_000 }).describe('The most events of a batch; more are refused: 413.'),
  max_url_size: size('8KiB', { min: '256B', max: '16KiB' }).describe('The longest URL; a longer one is refused: 414.'),
  max_headers: count(100, { min: 10, max: 1000 }).describe('The most headers of a request; more are refused: 431.'),
  max_header_size: size('16KiB', { min: '1KiB', max: '64KiB' }).describe(
    'The largest block of headers; a larger one is refused: 431.',
  ),
  max_parameters: count(200, { min: 10, max: 10_000 }).describe(
    'The most parameters of a callback; more are refused: 400.',
  ),
  max_parameter_name_size: size('256B', { min: '32B', max: '16KiB' }).describe(
    'The longest name of a parameter; a longer one is refused: 400.',
  ),
  max_parameter_value_size: size('16KiB', { min: '256B', max: '1MiB' }).describe(
    "The longest value of a parameter; a longer one is refused: 400. Not of the Debugger's payload, which may be as long as the body.",
  ),
  max_connections: count(12_000, { min: 1, max: 1_000_000 }).describe(
    'The most connections; further ones are dropped. Each needs an open file: raise `ulimit -n` (systemd: `LimitNOFILE`) above it.',
  ),
  max_requests_per_connection: count(1_000, { min: 1, max: 1_000_000 }).describe(
    'After this many requests a connection is closed.',
  ),
  max_requests_in_flight: count(10_000, { min: 1, max: 1_000_000 }).describe(
    'The most requests that wait for an answer; over it the answer is 503 `overloaded`.',
  ),
  max_bytes_in_flight: size('64MiB', { min: '64KiB', max: '16GiB' }).describe(
    'The most bytes of bodies that wait for an answer; over it the answer is 503 `overloaded`.',
  ),
  headers_timeout: duration('5s', { min: '100ms', max: '60s' }).describe(
    'How long the head of a request may take, else 408; also the time in which a client must take some of its answer.',
  ),
  request_timeout: duration('10s', { min: '100ms', max: '60s' }).describe(
    'How long a whole request may take, else 408.',
  ),
  keep_alive_timeout: duration('65s', { min: '1s', max: '10m' }).describe(
    "How long an idle connection stays open. Longer than a load balancer's 60 s, so that it is never the agent that closes first.",
  ),
  connections_check_interval: duration('1s', { min: '50ms', max: '30s' }).describe(
    'How often connections are held against these times.',
  ),
  shutdown_delay: duration('0s', { max: '5m' }).describe(
    'After SIGTERM callbacks are still accepted for this long while `/ready` says 503; 5s suits Kubernetes.',
  ),
  shutdown_timeout: duration('8s', { min: '100ms', max: '60s' }).describe(
    'How long requests in flight may take after that.',
  ),
};
