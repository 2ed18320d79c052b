import { hash, timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Config } from '../../config/schema.ts';

type Asked = Pick<Config['exporters']['prometheus'], 'basic_auth' | 'bearer_token'>;

/** Whether something is asked for. */
export const isGuarded = ({ basic_auth, bearer_token }: Asked): boolean =>
  basic_auth.username !== '' || bearer_token !== '';

/** What the scrape page asks for. */
export class ScrapeAuth {
  #scheme!: 'Basic' | 'Bearer';
  /** Of what is asked for, so that comparing takes the same time however long it is. */
  #wanted: Buffer | undefined;
  readonly #onRefused: () => void;

  constructor(asked: Asked, onRefused: () => void) {
    this.#onRefused = onRefused;
    this.renew(asked);
  }

  /** From the next request on this is asked for. */
  renew(asked: Asked): void {
    const { basic_auth: basic, bearer_token: bearer } = asked;
    this.#scheme = bearer === '' ? 'Basic' : 'Bearer';
    this.#wanted = isGuarded(asked) ? digest(bearer || `${basic.username}:${basic.password}`) : undefined;
  }

  /** The page, for who knows what is asked for. */
  guard(page: Middleware): Middleware {
    return (ctx, next) => {
      if (this.#wanted === undefined || this.#knows(ctx.get('authorization'))) return page(ctx, next);
      this.#onRefused();
      ctx.status = 401;
      const charset = this.#scheme === 'Basic' ? ', charset="UTF-8"' : '';
      ctx.set('WWW-Authenticate', `${this.#scheme} realm="twilio-otel-agent"${charset}`);
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = 'Unauthorized\n';
    };
  }

  #knows(header: string): boolean {
    const [, scheme = '', given = ''] = /^(\S+) +(\S+)$/.exec(header) ?? [];
    const credentials = scheme.toLowerCase() === 'basic' ? Buffer.from(given, 'base64') : given;
    const right = timingSafeEqual(digest(credentials), this.#wanted!);
    return scheme.toLowerCase() === this.#scheme.toLowerCase() && right;
  }
}

const digest = (text: string | Buffer): Buffer => hash('sha256', text, 'buffer');
