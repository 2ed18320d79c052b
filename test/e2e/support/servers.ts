/**
 * Real servers for the end-to-end tests, in a few calls:
 *
 *     const agent = await startAgent({ env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN } });
 *     const prometheus = await startPrometheus(config);      // or startCollector(config)
 *     await signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'sent'));
 *     await eventually(async () => expect(await prometheus.query('up')).to.have.length(1));
 *     await prometheus.stop(); await agent.stop();
 *
 * A server that cannot be had fails the test. What is left running when the test run ends is killed.
 */
export { type AgentProcess, type AgentStart, startAgent } from './agent.ts';
export { type CollectorProcess, startCollector } from './collector.ts';
export { answers, eventually, freePort, type Running, start, temporaryFolder } from './process.ts';
export { type PrometheusServer, query, type Sample, startPrometheus } from './prometheus.ts';
export { labelled } from './samples.ts';
export { promtool, tool } from './tools.ts';
export {
  ACCOUNT_SID,
  AUTH_TOKEN,
  callStatus,
  cloudEvent,
  freshSid,
  messageStatus,
  type Params,
  post,
  signedBatch,
  signedPost,
} from './twilio.ts';
