import { expect } from 'chai';
import { METRICS } from '../../instrumentation/metrics.ts';
import { failureOf } from '../../src/forward/failure.ts';
import { clientDuration } from '../../src/forward/measure.ts';

describe('forward: the labels of what is measured', () => {
  const labels = (...args: [method: string, status: number | undefined, failure?: ReturnType<typeof failureOf>]) =>
    clientDuration('/r', args[0], args[1], args[2], 1).series.labels;

  it('follow the conventions of OpenTelemetry: an error is its kind, or the status from 400 on', () => {
    const of = { 'http.route': '/r', 'http.request.method': 'POST' };
    expect(labels('POST', 204)).to.deep.equal({ ...of, 'http.response.status_code': '204' });
    expect(labels('POST', 500)).to.deep.equal({ ...of, 'http.response.status_code': '500', 'error.type': '500' });
    expect(labels('POST', undefined, 'timeout')).to.deep.equal({ ...of, 'error.type': 'timeout' });
    const half = { ...of, 'http.response.status_code': '200', 'error.type': 'connection_reset' };
    expect(labels('POST', 200, 'connection_reset')).to.deep.equal(half);
  });

  it('are few, whatever methods and statuses are made up', () => {
    const methods = new Set(Array.from({ length: 100 }, (_, i) => labels(`M${i}`, 200)['http.request.method']));
    expect([...methods]).to.deep.equal(['_OTHER']);
    const statuses = Array.from({ length: 400 }, (_, i) => labels('GET', 600 + i)['http.response.status_code']);
    expect(new Set(statuses)).to.deep.equal(new Set(['_OTHER']));
    expect(METRICS.httpClientRequestDuration.budget).to.equal(5_000);
  });

  const ERRORS: readonly (readonly [code: string, failure: string])[] = [
    ['ECONNREFUSED', 'connection_refused'],
    ['ENOTFOUND', 'name_not_resolved'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ETIMEDOUT', 'timeout'],
    ['ECONNRESET', 'connection_reset'],
    ['HPE_INVALID_CONSTANT', 'invalid_answer'],
    ['HPE_HEADER_OVERFLOW', 'invalid_answer'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['EMFILE', '_OTHER'],
  ];
  for (const [code, failure] of ERRORS) {
    it(`${code} is ${failure}`, () => expect(failureOf(Object.assign(new Error(), { code }))).to.equal(failure));
  }
});
