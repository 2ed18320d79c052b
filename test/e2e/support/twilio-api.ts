import { createServer } from 'node:http';

/** Twilio's REST API when it does not like the credentials: answers 401, but not before it is let. */
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
  const server = createServer(async (_request, response) => {
    await allowed;
    response.writeHead(401, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ code: 20003, message: 'Authenticate', status: 401 }));
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
