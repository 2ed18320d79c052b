/** `family/outcome`, `transport/reason`, or `nothing`. */
type Counted = `message/${string}` | `call/${string}` | `transport/${string}` | 'nothing';

/** One request, the status of its answer (0: the connection ends without one) and the one thing that is counted. */
export type Row = readonly [name: string, bytes: () => Buffer | string, status: number, counted: Counted];
