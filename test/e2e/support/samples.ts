/** The value of the one series of a scrape page that has the name and all the labels; `undefined` for none. */
export function labelled(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const found = page.split('\n').filter((line) => {
    const series = line.slice(0, line.lastIndexOf(' '));
    if (series !== name && !series.startsWith(`${name}{`)) return false;
    return wanted.every((label) => new RegExp(`[{,]${literally(label)}[,}]`).test(series));
  });
  if (found.length > 1) throw new Error(`${found.length} series match ${name}{${wanted.join(',')}}`);
  return found[0] === undefined ? undefined : Number(found[0].slice(found[0].lastIndexOf(' ') + 1));
}

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
