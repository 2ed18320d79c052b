// The health check of the image: ends with 0 when the agent accepts callbacks, else with 1 and one line that says why.
// HEALTH_URL is for an agent that listens elsewhere than on PORT, or speaks TLS.
import { get } from 'node:http';
import { get as getByTls } from 'node:https';

const url = new URL(process.env.HEALTH_URL || `http://127.0.0.1:${process.env.PORT || 8080}/ready`);
// Its certificate is made for the name that others call it by, and this is the agent's own machine.
const options = { rejectUnauthorized: false, agent: false };

const unhealthy = (words) => {
  process.stderr.write(`${url}: ${words}\n`);
  process.exit(1);
};
setTimeout(() => unhealthy('no answer within 4 s'), 4_000).unref();
(url.protocol === 'https:' ? getByTls : get)(url, options, (answer) => {
  let text = '';
  answer.on('data', (chunk) => (text += chunk));
  answer.on('end', () => answer.statusCode === 200 || unhealthy(`${answer.statusCode} ${text.trim()}`));
}).on('error', (error) => unhealthy(error.message || error.code));
