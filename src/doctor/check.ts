import type { Said } from './finding.ts';
import type { Room } from './room.ts';

/** One thing that the doctor looks at. */
export interface Check {
  readonly name: string;
  /** Why it cannot be done here; nothing where it can. */
  readonly cannot?: (room: Room) => string | undefined;
  /** What it found; an empty list says nothing. */
  run(room: Room): Promise<readonly Said[]>;
}
