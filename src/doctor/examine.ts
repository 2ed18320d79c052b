import { CHECKS } from './checks.ts';
import type { Finding } from './finding.ts';
import type { Examined } from './report.ts';
import type { Room } from './room.ts';

/** Looks at everything, one after the other: an earlier check may find out what a later one needs. */
export async function examine(room: Room): Promise<Examined> {
  const findings: Finding[] = [];
  const notChecked: { check: string; why: string }[] = [];
  for (const { name, cannot, run } of CHECKS) {
    const why = cannot?.(room);
    if (why !== undefined) {
      notChecked.push({ check: name, why });
      continue;
    }
    for (const said of await run(room)) findings.push({ check: name, ...said });
  }
  return { findings, notChecked };
}
