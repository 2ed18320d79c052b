import { createServer } from 'node:http';

/** Twilio's REST API on a bad day: each path answers 500 first, but not before it is let, and 401 from then on. */
export interface RefusingApi {
  readonly url: string;
  answer(): void;
  stop(): void;
}

export async function startRefusingApi(): Promise<RefusingApi> {
  let answer = () => {};
  const allowed = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const failedOnce = new Set<string>();
  const server = createServer(async (request, response) => {
    await allowed;
    const path = new URL(request.url ?? '', 'http://api').pathname;
    const status = failedOnce.has(path) ? 401 : 500;
    failedOnce.add(path);
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ code: 20003, message: 'Authenticate', status }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    answer,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
