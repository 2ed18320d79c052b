import type { Context } from 'mocha';
import { checkServed, killAll, removeFolders } from './agent.ts';
import { stopAll } from './apart.ts';

/** CI runs short; `FAULTS=long` runs the times that the acceptance list names. */
export const LONG = process.env.FAULTS === 'long';

export const mochaHooks = {
  async afterEach(this: Context): Promise<void> {
    this.timeout(60_000);
    await killAll();
    stopAll();
    await checkServed();
  },
  afterAll(): void {
    removeFolders();
  },
};

/** A figure that a person wants to read, below the name of the test. */
export const figure = (text: string): void => console.log(`      ${text}`);
