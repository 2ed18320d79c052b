import { writeFileSync } from 'node:fs';
import { answers, freePort, type Running, start, temporaryFolder } from './process.ts';
import { tool } from './tools.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer extends Running {
  readonly url: string;
  /** The result of an instant query; a scalar is one sample without labels. */
  query(promql: string, atSeconds?: number): Promise<Sample[]>;
}

/**
 * Starts Prometheus on a free port with the text of a configuration; `flags` come after the harness's own. A folder of the
 * caller's may have its database, `tsdb`, already.
 */
export async function startPrometheus(
  config: string,
  flags: readonly string[] = [],
  folder = temporaryFolder(),
): Promise<PrometheusServer> {
  const url = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(`${folder}/prometheus.yml`, config);
  const running = await start({
    command: [
      await tool('prometheus'),
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--web.listen-address=${new URL(url).host}`,
      '--scrape.discovery-reload-interval=100ms',
      ...flags,
    ],
    cwd: folder,
    ready: answers(`${url}/-/ready`),
  });
  return { ...running, url, query: (promql, atSeconds) => query(url, promql, atSeconds) };
}

/** An instant query, at a time if one is given; throws with Prometheus' words when the expression is wrong. */
export async function query(base: string, promql: string, atSeconds?: number): Promise<Sample[]> {
  const asked = { query: promql, ...(atSeconds === undefined ? {} : { time: String(atSeconds) }) };
  const response = await fetch(`${base}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams(asked),
  });
  const { status, error, data } = (await response.json()) as Answer;
  if (status !== 'success') throw new Error(`${promql}: ${error}`);
  if (data.resultType === 'scalar') return [{ labels: {}, value: Number(data.result[1]) }];
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data:
    | { readonly resultType: 'scalar'; readonly result: [number, string] }
    | { readonly resultType: 'vector'; readonly result: { metric: Record<string, string>; value: [number, string] }[] };
}
