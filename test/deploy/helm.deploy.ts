import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { answers, freePort, temporaryFolder } from '../e2e/support/process.ts';
import { AUTH_TOKEN, startAgent } from '../e2e/support/servers.ts';
import { promtool } from '../e2e/support/tools.ts';
import { checkovFindings } from './support/checkov.ts';
import { CHART, cases, helm, lint, ofKind, type Resource, rendered, template } from './support/helm.ts';
import { version } from './support/image.ts';
import { operatorProblems } from './support/operator.ts';
import { finished, ROOT, succeeded } from './support/run.ts';
import { pythonTool } from './support/tools.ts';

const KUBERNETES = ['1.27', '1.31', '1.37'];
const RULES = join(ROOT, 'otel-config/prometheus/rules');
const DASHBOARDS = join(ROOT, 'grafana/dashboards');

// A tag instead of a digest, which is the operator's choice.
const BY_TAG = ['CKV_K8S_15', 'CKV_K8S_43'];

/** What checkov finds because these values ask for it; what it is told to pass over everywhere is in deploy/checkov.yaml. */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  minimal: BY_TAG,
  // OpenShift gives a high user itself.
  openshift: [...BY_TAG, 'CKV_K8S_40'],
  // networkPolicy.enabled is false.
  stopped: [...BY_TAG, 'CKV2_K8S_6'],
  trial: BY_TAG,
};

/** What `restricted` of the Pod Security Standards asks of a pod. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
function unrestricted({ spec }: Resource): string[] {
  const pod = spec.template.spec;
  const kinds = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];
  const [container] = pod.containers;
  const held: [string, boolean][] = [
    ['non-root', pod.securityContext.runAsNonRoot === true && pod.securityContext.runAsUser !== 0],
    ['seccomp', pod.securityContext.seccompProfile.type === 'RuntimeDefault'],
    ['no privilege escalation', container.securityContext.allowPrivilegeEscalation === false],
    ['no capabilities', container.securityContext.capabilities.drop.includes('ALL')],
    ['none added', container.securityContext.capabilities.add === undefined],
    ['nothing of the host', ['hostNetwork', 'hostPID', 'hostIPC'].every((key) => pod[key] === undefined)],
    ['no port of the host', container.ports.every(({ hostPort }: { hostPort?: number }) => hostPort === undefined)],
    ['volumes', pod.volumes.every((volume: object) => Object.keys(volume).some((kind) => kinds.includes(kind)))],
  ];
  return held.filter(([, holds]) => !holds).map(([name]) => name);
}

describe('Helm chart', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();

  it('bears the version of the agent', () => {
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    expect([chart.version, chart.appVersion]).to.deep.equal([version(), version()]);
  });

  for (const name of cases()) {
    describe(`with the values ${name}`, () => {
      let text: string;
      let resources: Resource[];
      before(async () => {
        ({ text, resources } = await rendered(name));
        writeFileSync(join(folder, `${name}.yaml`), text);
      });

      it('helm lint finds nothing', async () => {
        const { code, stdout, stderr } = await lint(name);
        expect(stderr).to.equal('');
        expect(stdout).to.not.match(/WARNING|ERROR/);
        expect(code).to.equal(0);
      });

      it(`is valid for Kubernetes ${KUBERNETES.join(', ')}`, async () => {
        for (const release of KUBERNETES) {
          const args = ['--kubernetes-version', release, '--strict', '--no-warn', join(folder, `${name}.yaml`)];
          const { code, stdout, stderr } = await finished(await pythonTool('kubernetes-validate'), args);
          expect(code, stdout + stderr).to.equal(0);
          const builtIn = resources.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.')).length;
          expect((stdout + stderr).match(/ passed for resource /g)).to.have.length(builtIn);
        }
      });

      it('checkov finds nothing but what has its reason', async () => {
        const findings = await checkovFindings('kubernetes', join(folder, `${name}.yaml`));
        const chosen = CHOSEN[name] ?? [];
        expect(findings.map((finding) => finding.split(' ')[0]).sort(), findings.join('\n')).to.deep.equal(
          [...chosen].sort(),
        );
      });

      it('is a restricted pod, one at most, that writes to its ledger only', () => {
        const [deployment, ...more] = ofKind(resources, 'Deployment');
        expect(more).to.deep.equal([]);
        expect(unrestricted(deployment!)).to.deep.equal([]);
        expect(deployment!['spec'].replicas).to.be.at.most(1);
        expect(deployment!['spec'].strategy.type).to.equal('Recreate');
        const { automountServiceAccountToken, containers } = deployment!['spec'].template.spec;
        expect(automountServiceAccountToken).to.equal(false);
        expect(containers[0].securityContext.readOnlyRootFilesystem).to.equal(true);
        const writable = containers[0].volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => !readOnly);
        expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).to.deep.equal(['/data']);
      });

      it('starts the agent, which answers where the probes and the Services look', async () => {
        const [deployment] = ofKind(resources, 'Deployment');
        const [container] = deployment!['spec'].template.spec.containers;
        const [file] = ofKind(resources, 'ConfigMap').filter(({ data }) => 'agent.yaml' in data);
        const config = join(folder, `${name}-agent.yaml`);
        writeFileSync(config, file!['data']['agent.yaml']);
        const [port, metricsPort] = [await freePort(), await freePort()];
        const given = Object.fromEntries(
          container.env.map((entry: Record<string, string>) => [entry['name'], entry['value']]),
        );
        const agent = await startAgent({
          port,
          env: { ...given, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
          args: container.args.map((arg: string) =>
            arg
              .replace('/etc/twilio-otel-agent/agent.yaml', config)
              .replace('0.0.0.0:9464', `127.0.0.1:${metricsPort}`),
          ),
        });
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          expect(container[probe].httpGet.port).to.equal('webhooks');
          await answers(`http://127.0.0.1:${port}${container[probe].httpGet.path}`)();
        }
        await answers(`http://127.0.0.1:${metricsPort}/metrics`)();
        expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).to.equal(404);
        await agent.stop();
      });
    });
  }

  for (const [what, values, set, message] of [
    ['two agents', 'minimal', ['replicas=2'], /replicas: one agent only/],
    ['no image', undefined, ['existingSecret=twilio'], /image\.repository: say where you pushed/],
    ['no secret', 'minimal', ['existingSecret='], /existingSecret: name a Secret that holds TWILIO_AUTH_TOKEN/],
    ['an ingress for any host', 'minimal', ['ingress.enabled=true'], /ingress\.host: the name under which Twilio/],
    ['a misspelt value', 'minimal', ['persistance.enabled=false'], /persistance/],
  ] as const) {
    it(`refuses ${what}, and says what to change`, async () => {
      const { code, stderr } = await template(values, ...set);
      expect(stderr).to.match(message);
      expect(code).to.not.equal(0);
    });
  }

  describe('brings along what this repository has', () => {
    let resources: Resource[];
    before(async () => {
      ({ resources } = await rendered('everything'));
    });

    it('the rules, with the runbook where the values say, and promtool finds nothing in them', async () => {
      const [rule] = ofKind(resources, 'PrometheusRule');
      const groups = readdirSync(RULES).flatMap((name) => {
        const text = readFileSync(join(RULES, name), 'utf8');
        return parse(text.replaceAll('otel-config/prometheus/RUNBOOK.md', 'https://git.example.com/RUNBOOK.md')).groups;
      });
      expect(groups.length).to.be.greaterThan(2);
      expect(rule!['spec'].groups).to.deep.equal(groups);
      const file = join(folder, 'rules.yml');
      writeFileSync(file, stringify(rule!['spec']));
      const { code, stdout, stderr } = await promtool(['check', 'rules', file]);
      expect(code, stdout + stderr).to.equal(0);
    });

    it('every dashboard, as it is', () => {
      const given = ofKind(resources, 'ConfigMap').filter(
        ({ metadata }) => metadata.labels['grafana_dashboard'] === '1',
      );
      const files = Object.assign({}, ...given.map(({ data }) => data));
      const names = readdirSync(DASHBOARDS);
      expect(names.length).to.be.greaterThan(3);
      expect(Object.keys(files)).to.have.members(names);
      for (const name of names) expect(files[name], name).to.equal(readFileSync(join(DASHBOARDS, name), 'utf8'));
    });

    for (const kind of ['PrometheusRule', 'ServiceMonitor']) {
      it(`a ${kind} that the operator's own definition takes`, async () => {
        const [resource] = ofKind(resources, kind);
        expect(await operatorProblems(resource!)).to.equal('');
        expect(await operatorProblems({ ...resource!, spec: { ...resource!['spec'], misspelt: 1 } })).to.contain(
          'misspelt',
        );
      });
    }

    it('in its package too, as files and not as links', async () => {
      const { code, stderr } = await helm('package', CHART, '--destination', folder);
      expect(code, stderr).to.equal(0);
      const listing = await succeeded('tar', ['-tvzf', join(folder, `twilio-otel-agent-${version()}.tgz`)]);
      expect(listing).to.not.match(/^l/m);
      for (const name of readdirSync(RULES)) expect(listing).to.contain(`twilio-otel-agent/rules/${name}`);
      for (const name of readdirSync(DASHBOARDS)) expect(listing).to.contain(`twilio-otel-agent/dashboards/${name}`);
    });
  });
});
