import { type Finding, firstToDo, worstLast } from './finding.ts';

export interface Examined {
  readonly findings: readonly Finding[];
  /** What was not looked at, and why. */
  readonly notChecked: readonly { readonly check: string; readonly why: string }[];
}

const count = (findings: readonly Finding[], level: Finding['level']): number =>
  findings.filter((finding) => finding.level === level).length;

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** One line for each finding, the worst last, then what to do first. */
export function asText({ findings, notChecked }: Examined): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = worstLast(findings).map(({ level, check, says, fix, which = [] }) => {
    const named = which.length > 0 ? ` [${shortList(which)}]` : '';
    return `${level.padEnd(7)}  ${check.padEnd(width)}  ${says}${named}${fix ? `: ${fix}` : ''}`;
  });
  const reasons = new Map<string, string[]>();
  for (const { check, why } of notChecked) reasons.set(why, [...(reasons.get(why) ?? []), check]);
  for (const [why, checks] of reasons) lines.push('', `Not looked at: ${checks.join(', ')}: ${why}`);
  const first = firstToDo(findings);
  const told = `${plural(count(findings, 'problem'), 'problem')}, ${plural(count(findings, 'warning'), 'warning')}`;
  lines.push('', first ? `${told}. First, ${first.check}: ${first.fix ?? first.says}` : 'Nothing to do.');
  return lines.join('\n');
}

export function asJson({ findings, notChecked }: Examined): string {
  const { check = null, fix = null } = firstToDo(findings) ?? {};
  return JSON.stringify(
    {
      problems: count(findings, 'problem'),
      warnings: count(findings, 'warning'),
      findings: worstLast(findings),
      not_checked: notChecked,
      first: check === null ? null : { check, fix },
    },
    null,
    2,
  );
}

const MOST_NAMED = 5;

export function shortList(which: readonly string[]): string {
  const named = which.slice(0, MOST_NAMED).join(', ');
  return which.length > MOST_NAMED ? `${named} and ${which.length - MOST_NAMED} more` : named;
}
