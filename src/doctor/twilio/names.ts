const MOST_DIGITS = 4;

/**
 * How an operator finds a resource again: by the name that it was given, where that gives away neither a number nor a SID
 * nor an address, else by its position in Twilio's list.
 */
export function nameOf(friendlyName: unknown, index: number): string {
  const position = `${index + 1}${ordinal(index + 1)} in the list`;
  if (typeof friendlyName !== 'string') return position;
  const name = friendlyName.trim();
  const digits = name.match(/\d/g)?.length ?? 0;
  const plain = /^[\p{L}\p{N} ._()/-]{1,40}$/u.test(name) && digits <= MOST_DIGITS && !/[a-f\d]{16}/i.test(name);
  return plain ? `"${name}"` : position;
}

function ordinal(n: number): string {
  if (n % 100 >= 11 && n % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
}
