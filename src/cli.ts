import { parseArgs } from 'node:util';
import { metricsJson, metricsMarkdown } from '../instrumentation/docs.ts';
import { explainCommand } from './commands/explain.ts';
import { ledgerCommand } from './commands/ledger.ts';
import { runCommand } from './commands/run.ts';
import { configFrom, effectiveYaml, type Sources } from './config/layers/files.ts';
import type { Problem } from './config/load.ts';
import { VERSION } from './version.ts';
import { suppliedValues } from './wiring/supplied.ts';

/** Exit codes: 0 stopped, 2 wrong usage, 78 the configuration or the storage cannot be used (EX_CONFIG), 1 anything else. */
const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

const HELP = `twilio-otel-agent ${VERSION}: Twilio webhook callbacks in, exact metrics out

  twilio-otel-agent [run] [--config FILE]... [--set KEY=VALUE]...   start the agent
  twilio-otel-agent validate [--config FILE]... [--set KEY=VALUE]...  check a configuration and print it
  twilio-otel-agent metrics [--format md|json]                      print the table of metrics
  twilio-otel-agent ledger stats [--config FILE]... [--trial]       what a stopped agent's ledger holds
  twilio-otel-agent ledger verify [--config FILE]... [--trial]      read all of it, and say what is damaged and where
  twilio-otel-agent ledger backup DIR [--config FILE]... [--trial]  copy it, also while the agent runs
  twilio-otel-agent ledger restore DIR [--set-aside] [--config FILE]...  put a copy back, as a new instance
  twilio-otel-agent doctor [--json] [--config FILE]...              what is wrong here, at Twilio and between them
  twilio-otel-agent doctor --request FILE [--json] [--config FILE]...  why a request is refused: raw HTTP, or a line of curl
  twilio-otel-agent simulate --seed N [--rate 50] [--duration 5m] [--profile NAME]  send a running agent what Twilio would
           [--target URL] [--manifest FILE] [--check] [--yes-this-is-mine] [--config FILE]...
  twilio-otel-agent replay FILE [--speed 1] [--target URL] [--yes-this-is-mine]  send what run --record FILE recorded again
  twilio-otel-agent explain [CODE]... [--json]                      what an error code of Twilio's means, and what to do
  twilio-otel-agent version | help                                  also --version and --help

simulate tells, by NAME, of healthy, outage, carrier-slow, content-filtered, fraud-burst, webhook-down or token-rotation;
--check compares /metrics before and after, and exits 1 where it did not grow by what was sent.
run takes --ledger-recreate too: it moves a ledger that cannot be used aside and begins at zero; and --record FILE: it writes what
was verified into a new file, without numbers, names, texts and SIDs.
ledger looks at the ledger that lies in the folder; where a trial's lies there too, --trial names that.
run, validate, doctor and simulate take --trial: an unsigned agent for this machine alone, whatever says that there should be a token.
Files are laid over otel-config/agent.yaml from left to right, --set comes last.
Exit codes: 0 stopped, 2 wrong usage, 78 the configuration or the ledger cannot be used, 1 anything else.
`;

/** Runs one command of the command line and resolves with the exit code. */
export async function run(process: NodeJS.Process): Promise<number> {
  const say = (text: string) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  let args: ReturnType<typeof parse>;
  try {
    args = parse(process.argv.slice(2));
  } catch (error) {
    complain(`twilio-otel-agent: ${(error as Error).message.split('\n')[0]}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  const { values, positionals } = args;
  const [command = 'run'] = positionals;
  if (values.help || command === 'help') {
    say(HELP);
    return 0;
  }
  const wrong = values.version ? undefined : misuse(command, positionals, values);
  if (wrong) {
    complain(`twilio-otel-agent: ${wrong}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  if (values.version || command === 'version') {
    say(VERSION);
    return 0;
  }
  if (command === 'metrics') {
    say(values.format === 'json' ? metricsJson(suppliedValues()) : metricsMarkdown(suppliedValues()));
    return 0;
  }
  if (command === 'explain') return explainCommand(positionals.slice(1), values.json === true, say, complain);
  const sources: Sources = {
    files: values.config ?? [],
    assignments: values.set ?? [],
    env: process.env,
    trial: values.trial === true,
    starts: command !== 'ledger',
    // A test must not depend on the file that a developer happens to have.
    ...(process.env['NODE_ENV'] === 'test' ? {} : { dotEnv: '.env' }),
  };
  if (command === 'doctor') {
    // It loads what no other command needs.
    const { doctorCommand } = await import('./commands/doctor.ts');
    return doctorCommand(sources, { json: values.json === true, request: values.request }, say, complain);
  }
  const loaded = configFrom(sources);
  if (!loaded.config) {
    complain(describeProblems(loaded.problems));
    return EXIT_CONFIG;
  }
  const { config, effective } = loaded;
  if (command === 'validate') {
    say(effectiveYaml(effective));
    return 0;
  }
  if (command === 'ledger')
    return ledgerCommand(
      positionals.slice(1),
      config,
      { trial: values.trial === true, setsAside: values['set-aside'] === true },
      say,
      complain,
    );
  if (command === 'simulate') {
    const { simulateCommand } = await import('./commands/simulate.ts');
    const { seed, rate, duration, profile, target, manifest, check = false } = values;
    const isMine = values['yes-this-is-mine'] === true;
    const options = { seed, rate, duration, profile, target, manifest, check, isMine };
    return simulateCommand(config, options, say, complain);
  }
  if (command === 'replay') {
    const { replayCommand } = await import('./commands/replay.ts');
    const { speed, target } = values;
    const isMine = values['yes-this-is-mine'] === true;
    return replayCommand(config, { file: positionals[1], speed, target, isMine }, say, complain);
  }
  const load = () => configFrom(sources);
  const recreate = values['ledger-recreate'] === true;
  const trial = values.trial === true;
  return runCommand(config, { recreate, trial, record: values.record, load, effective }, process);
}

const parse = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', multiple: true },
      set: { type: 'string', multiple: true },
      format: { type: 'string' },
      json: { type: 'boolean' },
      request: { type: 'string' },
      record: { type: 'string' },
      speed: { type: 'string' },
      seed: { type: 'string' },
      rate: { type: 'string' },
      duration: { type: 'string' },
      profile: { type: 'string' },
      target: { type: 'string' },
      manifest: { type: 'string' },
      check: { type: 'boolean' },
      'yes-this-is-mine': { type: 'boolean' },
      'ledger-recreate': { type: 'boolean' },
      'set-aside': { type: 'boolean' },
      trial: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  });

/** The commands, and the options that each reads. */
const OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['run', ['config', 'set', 'ledger-recreate', 'trial', 'record']],
  ['replay', ['config', 'set', 'trial', 'speed', 'target', 'yes-this-is-mine']],
  ['validate', ['config', 'set', 'trial']],
  ['metrics', ['format']],
  ['ledger', ['config', 'set', 'set-aside', 'trial']],
  ['explain', ['json']],
  ['doctor', ['config', 'set', 'trial', 'json', 'request']],
  [
    'simulate',
    [
      'config',
      'set',
      'trial',
      ...['seed', 'rate', 'duration', 'profile', 'target', 'manifest', 'check', 'yes-this-is-mine'],
    ],
  ],
  ['version', []],
]);

/** How many words a command takes, its own name among them. */
function wordsOf(command: string, [, action]: readonly string[]): number {
  if (command === 'explain') return Number.POSITIVE_INFINITY;
  if (command === 'replay') return 2;
  if (command !== 'ledger') return 1;
  return action === 'backup' || action === 'restore' ? 3 : 2;
}

/** What is wrong with the command line itself, if anything is: a word that nothing would read is not passed over. */
function misuse(
  command: string,
  positionals: readonly string[],
  values: ReturnType<typeof parse>['values'],
): string | undefined {
  const known = OPTIONS.get(command);
  if (!known) return `unknown command ${JSON.stringify(command)}`;
  const extra = positionals[wordsOf(command, positionals)];
  if (extra !== undefined) {
    return `${command} takes no ${JSON.stringify(extra)}: a configuration is given as --config FILE`;
  }
  const unread = Object.keys(values).find((option) => !known.includes(option));
  if (unread) return `${command} takes no --${unread}`;
  if (values['set-aside'] && positionals[1] !== 'restore') return 'only ledger restore takes --set-aside';
  const { format } = values;
  if (format !== undefined && format !== 'md' && format !== 'json') {
    return `--format is md or json, not ${JSON.stringify(format)}`;
  }
  return undefined;
}

function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  return `twilio-otel-agent: the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${lines.join('\n')}`;
}
