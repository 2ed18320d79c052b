import { closed, type MetricRows } from './row.ts';

/** The process and its machine. */
export const PROCESS_METRICS = {
  clockSkew: {
    name: 'twilio.agent.clock.skew',
    kind: 'observableGauge',
    unit: 's',
    help: "How far the machine's clock has been moved since the process started; signed times are judged by the unmoved one",
    labels: {},
    double: true,
  },
  eventLoopDelayMax: {
    name: 'nodejs.eventloop.delay.max',
    kind: 'observableGauge',
    unit: 's',
    help: 'Longest time in the last minute that the event loop came too late',
    labels: {},
    double: true,
  },
  eventLoopDelayP99: {
    name: 'nodejs.eventloop.delay.p99',
    kind: 'observableGauge',
    unit: 's',
    help: '99th percentile of how late the event loop came in the last minute',
    labels: {},
    double: true,
  },
  eventLoopTime: {
    name: 'nodejs.eventloop.time',
    kind: 'observableCounter',
    unit: 's',
    help: 'Time that the event loop has been in each state',
    labels: { 'nodejs.eventloop.state': closed(['active', 'idle']) },
    double: true,
  },
  processCpuTime: {
    name: 'process.cpu.time',
    kind: 'observableCounter',
    unit: 's',
    help: 'CPU time of the process',
    labels: { 'cpu.mode': closed(['user', 'system']) },
    double: true,
  },
  processMemoryUsage: {
    name: 'process.memory.usage',
    kind: 'observableGauge',
    unit: 'By',
    help: 'Physical memory of the process',
    labels: {},
  },
  heapUsed: {
    name: 'v8js.memory.heap.used',
    kind: 'observableGauge',
    unit: 'By',
    help: "Memory that JavaScript's objects take",
    labels: {},
  },
  processUptime: {
    name: 'process.uptime',
    kind: 'observableGauge',
    unit: 's',
    help: 'Time since the process started',
    labels: {},
    double: true,
  },
} as const satisfies MetricRows;
