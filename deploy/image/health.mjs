// The health check of the image: ends with 0 when the agent accepts callbacks, else with 1 and one line that says why.
// HEALTH_URL is for an agent that listens elsewhere than on PORT.
const url = process.env.HEALTH_URL || `http://127.0.0.1:${process.env.PORT || 8080}/ready`;
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!answer.ok) throw new Error(`${answer.status} ${(await answer.text()).trim()}`);
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
