/** `docs/urls.md`: which field of Twilio's REST API takes which path. */
import { FEEDS } from '../../src/feeds/index.ts';
import { judgementOf, PARAMETERS, type Parameter } from './census.ts';

/** The resource that an operation makes or changes, such as `Call` of `CreateCall` and `UpdateCall`. */
const resourceOf = ({ operation }: Parameter): string => operation.replace(/^(?:Create|Update)/, '');

/** A line for each resource with the same answer: a reader looks for the one that they are about to set up. */
function rows(parameters: readonly Parameter[], answer: (each: Parameter) => string): string {
  const groups = new Map<string, Set<string>>();
  for (const each of parameters) {
    const key = `| ${answer(each)} | ${resourceOf(each)} | \`${each.spec}\``;
    (groups.get(key) ?? groups.set(key, new Set()).get(key)!).add(`\`${each.parameter}\``);
  }
  return [...groups].map(([key, names]) => `${key} | ${[...names].join(', ')} |`).join('\n');
}

const head = (what: string) => `| ${what} | resource | API | parameters |\n| --- | --- | --- | --- |`;

export function urlsMarkdown(): string {
  const judged = PARAMETERS.flatMap((each) => {
    const is = judgementOf(each)?.is;
    return is ? [{ each, is }] : [];
  });
  const of = (kind: 'feed' | 'control' | 'not') => {
    const texts = new Map(
      judged.flatMap(({ each, is }) => (kind in is ? [[each, Object.values(is)[0] as string]] : [])),
    );
    return { parameters: [...texts.keys()], text: (each: Parameter) => texts.get(each)! };
  };
  const [feeds, control, not] = [of('feed'), of('control'), of('not')];
  const order = FEEDS.map(({ name }) => name);
  const sorted = feeds.parameters.toSorted((a, b) => order.indexOf(feeds.text(a)) - order.indexOf(feeds.text(b)));
  return `<!-- Generated from docs/src/census.ts by \`npm run docs\`. Do not edit. -->

# Which field takes which path

Every parameter of Twilio's REST API that takes the URL of a callback or says how it is called, ${PARAMETERS.length} in all, and where it leads.
The Console's fields have the same names, or nearly so. How to set them is in [Connect Twilio](connect-twilio.md); attributes of
TwiML are there, too.

## Paths of this agent

${head('path')}
${rows(sorted, (each) => `\`/webhooks/${feeds.text(each)}\``)}

## Never this agent

Twilio waits for the answer and does what it says. A request that shows itself as one of these is refused (\`control_webhook\`).

${head('what it is')}
${rows(control.parameters, control.text)}

## Not covered

${head('because it is about')}
${rows(not.parameters, not.text)}
`;
}
