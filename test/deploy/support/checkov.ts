import { join } from 'node:path';
import { finished, ROOT } from './run.ts';
import { pythonTool } from './tools.ts';

/** What checkov finds in a file, the exceptions of deploy/checkov.yaml apart. It asks nobody outside. */
export async function checkovFindings(framework: 'kubernetes' | 'dockerfile', file: string): Promise<string[]> {
  const options = [
    '--skip-download',
    '--compact',
    '--output',
    'json',
    '--config-file',
    join(ROOT, 'deploy/checkov.yaml'),
  ];
  const args = ['--framework', framework, '--file', file, ...options];
  const { stdout, stderr } = await finished(await pythonTool('checkov'), args);
  const { summary, results } = JSON.parse(stdout);
  if (!(summary.passed > 20)) throw new Error(`checkov looked at nothing:\n${stdout}${stderr}`);
  return results.failed_checks.map(
    ({ check_id, check_name, resource }: Record<string, string>) => `${check_id} ${check_name}: ${resource}`,
  );
}
