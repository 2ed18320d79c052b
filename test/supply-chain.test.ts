import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const read = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  readonly dev?: boolean;
}

describe('supply chain', () => {
  const manifest = read('package.json');
  const locked: [string, Locked][] = Object.entries(read('package-lock.json').packages);
  const packages = locked.filter(([path]) => path !== '');

  it('every dependency is one exact version', () => {
    const asked: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.keys(asked)).to.not.be.empty;
    const loose = Object.entries(asked).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).to.deep.equal([]);
  });

  it('the lock file holds what package.json asks for, each package with its hash', () => {
    const versions = Object.fromEntries(locked.map(([path, { version }]) => [path, version]));
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(versions[`node_modules/${name}`], name).to.equal(version);
    }
    const unhashed = packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path);
    expect(unhashed).to.deep.equal([]);
  });

  it('no package of the lock file may run a script at its installation', () => {
    const scripted = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    const allowed: Record<string, boolean> = manifest.allowScripts;
    // fsevents is for macOS only, and optional.
    const undecided = scripted.filter((name) => name !== 'fsevents' && allowed[name] !== false);
    expect(undecided).to.deep.equal([]);
    expect(Object.values(allowed)).to.not.include(true);
  });

  it('every package that is shipped has a licence that asks for no more than its own text to be kept', () => {
    const allowed = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];
    const shipped = packages.filter(([, { dev }]) => !dev);
    expect(shipped.length).to.be.greaterThan(100);
    const others = shipped.filter(([, { license }]) => !allowed.includes(license ?? ''));
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).to.deep.equal([]);
  });

  it('there is one copy of each package of the OpenTelemetry SDK: two silently break each other', () => {
    const copies = packages
      .map(([path]) => path)
      .filter((path) => /@opentelemetry\/(?:api|core|resources|sdk-metrics)$/.test(path));
    expect(copies).to.have.length(4);
  });
});
