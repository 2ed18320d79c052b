import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { blocksIn } from '../../docs/blocks.ts';
import { type Running, start, temporaryFolder } from './process.ts';

/** The block of nginx that a page shows, with what is different here; throws when it lacks what is to be replaced. */
export function shown(page: string, replaced: Readonly<Record<string, string>>): string {
  let [{ text } = { text: '' }] = blocksIn('nginx', page);
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`the block of nginx in ${page} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Starts nginx with the text of an `http` block, and resolves once it listens on the port. */
export function startNginx(http: string, port: number): Promise<Running> {
  const folder = temporaryFolder();
  writeFileSync(
    `${folder}/nginx.conf`,
    `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${http}
}
`,
  );
  return start({
    // Debian keeps it where only root looks.
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    command: ['nginx', '-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'],
    ready: () => listening(port),
  });
}

function listening(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
