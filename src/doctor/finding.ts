/** How a finding is to be taken: nothing to do, look at it, or callbacks or metrics are lost by it. */
export type Level = 'ok' | 'warning' | 'problem';

/** One line of the doctor's. It holds no number, SID, token, body or query. */
export interface Finding {
  readonly level: Level;
  /** The check that found it. */
  readonly check: string;
  readonly says: string;
  /** What to change; there for everything but `ok`. */
  readonly fix?: string;
  /** Which of several resources of Twilio's are meant. */
  readonly which?: readonly string[];
}

/** What a check says, before it is known which check it was. */
export type Said = Omit<Finding, 'check'>;

export const ok = (says: string): Said => ({ level: 'ok', says });
export const warning = (says: string, fix: string, which?: readonly string[]): Said => ({
  level: 'warning',
  says,
  fix,
  ...(which ? { which } : {}),
});
export const problem = (says: string, fix: string, which?: readonly string[]): Said => ({
  ...warning(says, fix, which),
  level: 'problem',
});

const ORDER: readonly Level[] = ['ok', 'warning', 'problem'];

/** The worst last, so that it stands where a terminal ends; else in the order of the checks. */
export const worstLast = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));

/** What to begin with. Checks stand in an order in which a fault of an earlier one may explain those of later ones. */
export const firstToDo = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ level }) => level === 'problem') ?? findings.find(({ level }) => level === 'warning');
