import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { answers, eventually, freePort } from '../e2e/support/process.ts';
import { AUTH_TOKEN, freshSid, messageStatus, signedPost } from '../e2e/support/twilio.ts';
import { told } from '../told.ts';
import { play } from './support/container.ts';
import { makeStandIns } from './support/containers.ts';
import { Machine } from './support/machine.ts';
import { finished, succeeded } from './support/run.ts';

const UNIT = 'deploy/systemd/twilio-otel-agent.service';
/** systemd's own words up to 2.0: "OK" for a service that could hardly be more closed and still have a network. */
const MOST_EXPOSED = 2;

describe('systemd unit', function () {
  this.timeout(180_000);

  it('systemd-analyze finds nothing in it', async () => {
    const { code, stdout, stderr } = await finished('systemd-analyze', ['verify', UNIT]);
    expect(stdout + stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it(`is exposed less than ${MOST_EXPOSED.toFixed(1)} of 10`, async () => {
    const report = await succeeded('systemd-analyze', ['security', '--offline=true', '--no-pager', UNIT]);
    const [, exposure = ''] = /Overall exposure level for \S+: ([\d.]+)/.exec(report) ?? [];
    console.log(`      exposure ${exposure}`);
    expect(Number.parseFloat(exposure)).to.be.above(0).and.below(MOST_EXPOSED);
  });

  describe('on a machine that systemd has booted', () => {
    let machine: Machine;
    let url: string;
    before(async () => {
      await makeStandIns();
      machine = await Machine.boot();
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      await machine.run(`
        mkdir /etc/twilio-otel-agent
        (umask 077; printf 'TWILIO_AUTH_TOKEN=${AUTH_TOKEN}\\nPORT=${port}\\n' >/etc/twilio-otel-agent/environment)
        cp /usr/local/lib/node_modules/twilio-otel-agent/${UNIT} /etc/systemd/system/
        systemctl enable --now twilio-otel-agent 2>&1`);
      await eventually(answers(`${url}/ready`)).catch(async (error) => {
        throw new Error(`${error.message}\n${await machine.run('systemctl status twilio-otel-agent || true')}`);
      });
    });
    after(async () => {
      told((await machine?.finished('journalctl --unit twilio-otel-agent --output cat'))?.stdout ?? '');
      await machine?.remove();
    });
    const show = (property: string) => machine.run(`systemctl show --value --property ${property} twilio-otel-agent`);
    const delivered = async () =>
      (await (await fetch(`${url}/metrics`)).text()).match(/^twilio_messages_delivered_total (\d+)/m)?.[1];

    it('counts signed callbacks, without a single right and as nobody', async () => {
      const { code, stdout, stderr } = await play(url);
      expect(code, stdout + stderr).to.equal(0);
      const status = await machine.run(`cat /proc/${await show('MainPID')}/status`);
      expect(status)
        .to.match(/^CapBnd:\s0+$/m)
        .and.match(/^CapEff:\s0+$/m);
      expect(status)
        .to.match(/^NoNewPrivs:\s1$/m)
        .and.match(/^Seccomp:\s2$/m);
      expect(status).to.match(/^Uid:\s6\d{4}\s/m);
      expect(await machine.run(`grep 'open files' /proc/${await show('MainPID')}/limits`)).to.contain('16384');
    });

    it('keeps its ledger where nobody else can read it', async () => {
      const modes = await machine.run("find /var/lib/private/twilio-otel-agent -printf '%y %m %u\\n' | sort -u");
      expect(modes.split('\n')).to.deep.equal(['d 700 twilio-otel-agent', 'f 600 twilio-otel-agent']);
    });

    it('takes over a rotated token by systemctl reload, and refuses the old one', async () => {
      const next = 'fedcba9876543210fedcba9876543210';
      const status = async (token: string) =>
        (await signedPost(`${url}/webhooks/message`, messageStatus(freshSid('SM'), 'sent'), { token })).status;
      await machine.run(`
        install -d -m 700 /etc/twilio-otel-agent/secrets
        (umask 077; echo ${AUTH_TOKEN} >/etc/twilio-otel-agent/secrets/auth_token)
        sed -i 's#^TWILIO_AUTH_TOKEN=.*#TWILIO_AUTH_TOKEN_FILE=/run/twilio-otel-agent/secrets/auth_token#' /etc/twilio-otel-agent/environment
        systemctl restart twilio-otel-agent`);
      await eventually(answers(`${url}/ready`));
      expect(await status(AUTH_TOKEN)).to.equal(204);
      const pid = await show('MainPID');
      await machine.run(`echo ${next} >/etc/twilio-otel-agent/secrets/auth_token; systemctl reload twilio-otel-agent`);
      await eventually(async () => expect(await status(next)).to.equal(204));
      expect(await status(AUTH_TOKEN)).to.equal(401);
      expect(await show('MainPID')).to.equal(pid);
      expect(
        await machine.run('stat -Lc %a /run/twilio-otel-agent /run/twilio-otel-agent/secrets/auth_token'),
      ).to.equal('700\n600');
    });

    it('is back a second after kill -9, with its totals', async () => {
      await machine.run(`kill -9 ${await show('MainPID')}`);
      await eventually(async () => expect(await show('NRestarts')).to.equal('1'));
      await eventually(answers(`${url}/ready`));
      expect(await delivered()).to.equal('1');
    });

    it('is backed up while it runs, as docs/production.md says', async () => {
      const command = /^systemd-run [\s\S]*?ledger backup .*$/m.exec(readFileSync('docs/production.md', 'utf8'));
      expect(await machine.run(`${command} 2>&1`)).to.match(/copied .*: \d+ entries/);
      expect(await machine.run('find /var/lib/twilio-otel-agent-backup/ -name CURRENT')).to.not.equal('');
    });

    it('stops cleanly', async () => {
      await machine.run('systemctl stop twilio-otel-agent');
      expect(await show('Result')).to.equal('success');
      expect(await machine.run('journalctl --unit twilio-otel-agent --output cat')).to.contain('"SIGTERM: stopping"');
    });

    it('does not start, and is not tried again, without its token', async () => {
      await machine.run("sed -i '/TOKEN/d' /etc/twilio-otel-agent/environment; systemctl start twilio-otel-agent");
      await eventually(async () => expect(await show('ActiveState')).to.equal('failed'));
      expect(await show('ExecMainStatus')).to.equal('78');
      expect(await machine.run('journalctl --unit twilio-otel-agent --output cat')).to.contain('no auth token is set');
    });
  });
});
