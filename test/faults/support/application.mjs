import { createServer } from 'node:http';

// An application as a process of its own, which can be killed. What it does is said by the path that it is asked for.
const MIB = 1024 * 1024;
const seen = new Map();
let requests = 0;

const BEHAVIOURS = {
  hang: () => {},
  late: (_req, res) => setTimeout(() => res.writeHead(204).end(), Number(process.env.LATE_MS ?? 1_000)),
  fail: (_req, res) => res.writeHead(500, { 'Content-Length': 4 }).end('oops'),
  headers: (_req, res) => {
    for (let i = 0; i < 63; i++) res.setHeader(`X-${i}`, 'x'.repeat(1_000));
    res.writeHead(200, { 'Content-Length': 2 }).end('ok');
  },
  large: (_req, res) => {
    res.writeHead(200, { 'Content-Length': 10 * MIB });
    let left = 160;
    const more = () => {
      while (left-- > 0) if (!res.write(Buffer.alloc(65_536, left))) return res.once('drain', more);
      res.end();
    };
    more();
  },
  half: (_req, res) => {
    res.writeHead(200, { 'Content-Length': 1_000 });
    res.write('x'.repeat(500), () => setTimeout(() => res.socket.resetAndDestroy(), 20));
  },
  seen: (_req, res) => {
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ requests, distinct: seen.size, most: Math.max(0, ...seen.values()) }));
  },
};

const server = createServer((req, res) => {
  const behaviour = BEHAVIOURS[/^\/app\/(\w+)/.exec(req.url)?.[1]];
  if (behaviour) {
    req.resume();
    return behaviour(req, res);
  }
  let body = '';
  req.setEncoding('latin1').on('data', (text) => (body += text));
  req.on('end', () => {
    requests++;
    const key = `${/(?:Message|Call)Sid=(\w+)/.exec(body)?.[1]} ${/(?:Message|Call)Status=([\w-]+)/.exec(body)?.[1]}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    res.writeHead(204);
    res.end();
    // Just when the next request may be on its way, and without having said so.
    if (process.env.CLOSE_AFTER) setTimeout(() => req.socket.end(), Math.random() * Number(process.env.CLOSE_AFTER));
  });
});
if (process.env.CLOSE_AFTER) server.keepAliveTimeout = 0;
server.listen(Number(process.env.PORT), '127.0.0.1', 4_096);
process.on('SIGTERM', () => process.exit(0));
