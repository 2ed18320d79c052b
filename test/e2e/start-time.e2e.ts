import { expect } from 'chai';
import { Backend, type Received } from '../instrumentation/otlp-backend.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freshSid,
  messageStatus,
  signedPost,
  startAgent,
  temporaryFolder,
} from './support/servers.ts';

const COUNTER = 'twilio.messages.delivered';
/** Of the process itself: the ledger does not keep it. */
const HISTOGRAM = 'http.server.request.duration';

interface Point {
  readonly startTimeUnixNano: string;
  readonly asInt?: number | string;
}
interface OtlpJson {
  readonly resourceMetrics: {
    readonly scopeMetrics: {
      readonly metrics: {
        readonly name: string;
        readonly sum?: { readonly dataPoints: Point[] };
        readonly histogram?: { readonly dataPoints: Point[] };
      }[];
    }[];
  }[];
}

/** The points of a metric in one push. */
function pointsOf({ body }: Received, name: string): Point[] {
  const { resourceMetrics } = JSON.parse(body.toString()) as OtlpJson;
  const metrics = resourceMetrics.flatMap((each) => each.scopeMetrics).flatMap((scope) => scope.metrics);
  const metric = metrics.find((each) => each.name === name);
  return metric?.sum?.dataPoints ?? metric?.histogram?.dataPoints ?? [];
}

const value = (push: Received) => Number(pointsOf(push, COUNTER)[0]?.asInt ?? 0);
const startMs = (push: Received, name: string) =>
  Number(BigInt(pointsOf(push, name)[0]!.startTimeUnixNano) / 1_000_000n);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  describe(`what a backend is told after ${signal} and a start`, () => {
    let totals: Backend;
    let deltas: Backend;
    let agent: AgentProcess;
    let began: number;
    let restarted: number;
    const pushed = { totals: 0, deltas: 0 };
    const storageDir = `${temporaryFolder()}/data`;

    const startIt = async () => {
      const exporters = { totals, deltas };
      agent = await startAgent({
        storageDir,
        env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
        args: [
          ...Object.entries(exporters).flatMap(([name, { url }]) =>
            [`endpoint=${url}`, 'protocol=http/json', 'interval=300ms'].flatMap((set) => [
              '--set',
              `exporters.otlp/${name}.${set}`,
            ]),
          ),
          '--set',
          'exporters.otlp/deltas.temporality=delta',
          '--set',
          'service.pipelines.metrics.exporters=[prometheus,otlp/totals,otlp/deltas]',
        ],
      });
    };
    const count = async (messages: number) => {
      for (let i = 0; i < messages; i++) {
        const callback = messageStatus(freshSid('SM'), 'delivered');
        expect((await signedPost(`${agent.url}/webhooks/message`, callback)).status).to.equal(204);
      }
    };
    const sum = (pushes: readonly Received[]) => pushes.reduce((all, push) => all + value(push), 0);
    const ofFirst = (backend: 'totals' | 'deltas') => ({ totals, deltas })[backend].received.slice(0, pushed[backend]);
    const ofSecond = (backend: 'totals' | 'deltas') => ({ totals, deltas })[backend].received.slice(pushed[backend]);

    before(async () => {
      [totals, deltas] = [await Backend.start(), await Backend.start()];
      began = Date.now();
      await startIt();
      await count(5);
      await eventually(() => {
        expect(value(totals.received.at(-1)!)).to.equal(5);
        expect(sum(deltas.received)).to.equal(5);
        expect(pointsOf(totals.received.at(-1)!, HISTOGRAM)).not.to.have.length(0);
      });
      await agent.stop(signal);
      pushed.totals = totals.received.length;
      pushed.deltas = deltas.received.length;
      restarted = Date.now();
      await startIt();
      await eventually(() => expect(value(ofSecond('totals')[0]!)).to.equal(5));
      await count(2);
      await eventually(() => {
        expect(value(totals.received.at(-1)!)).to.equal(7);
        expect(sum(deltas.received)).to.equal(7);
        expect(pointsOf(totals.received.at(-1)!, HISTOGRAM)).not.to.have.length(0);
      });
    });
    after(async () => {
      await agent?.stop();
      totals?.stop();
      deltas?.stop();
    });

    it('the totals go on, since the same moment', () => {
      const [first] = ofFirst('totals');
      expect(startMs(first!, COUNTER)).to.be.within(began, Date.now());
      for (const push of totals.received) expect(startMs(push, COUNTER)).to.equal(startMs(first!, COUNTER));
      expect(Math.min(...ofSecond('totals').map(value))).to.equal(5);
    });

    it('what the process counts of itself begins with it', () => {
      const last = ofFirst('totals').findLast((push) => pointsOf(push, HISTOGRAM).length > 0)!;
      expect(startMs(last, HISTOGRAM)).to.be.within(began, restarted);
      const now = ofSecond('totals').findLast((push) => pointsOf(push, HISTOGRAM).length > 0)!;
      expect(startMs(now, HISTOGRAM)).to.be.at.least(restarted);
    });

    it('the deltas are of the new callbacks only', () => {
      expect(sum(ofFirst('deltas'))).to.equal(5);
      expect(sum(ofSecond('deltas'))).to.equal(2);
      for (const push of ofSecond('deltas')) expect(startMs(push, COUNTER)).to.be.at.least(restarted);
    });
  });
}
