/** What comparing takes; loaded where it is on. */
export { Budget } from './budget.ts';
export { LISTS } from './lists.ts';
export { Comparison } from './reconcile.ts';
