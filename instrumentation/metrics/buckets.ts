/** Boundaries of histograms that several subjects share. */

/** Seconds; up to the longest time that a request to Twilio's API may be given. */
export const API_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Seconds; a synchronous write takes 0.1 ms on a fast disk and seconds on a sick one. */
export const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** Seconds; those of the semantic conventions for HTTP, and the last ones before Twilio gives up at 15 s. */
export const FORWARD_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 12.5, 15,
] as const;
