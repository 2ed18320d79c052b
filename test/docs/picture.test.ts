import { expect } from 'chai';
import { overview } from '../../grafana/src/overview.ts';
import { draw } from '../e2e/picture/draw.ts';
import { panelsOf } from '../grafana/panels.ts';
import { read } from './pages.ts';

const TITLE = /<text [^>]*class="(?:text title|faint)" text-anchor="(?:start|middle)">([A-Z][^<:]*)<\/text>/g;

describe('docs: the picture of the front page', () => {
  const picture = read('docs/overview.svg');

  it('shows panels that the overview has: else run npm run picture', () => {
    const titles = [...picture.matchAll(TITLE)].map(([, title]) => title!);
    expect(titles).to.have.length(10);
    expect(panelsOf(overview).map(({ title }) => title)).to.include.members(titles);
  });

  it('has nothing in it that runs, that is loaded, or that tells of a message', () => {
    expect(picture).to.not.match(/<script|href|url\(|<image|\b[A-Z]{2}[0-9a-f]{32}\b/);
    expect(picture).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 960 \d+" role="img"/);
  });

  it('is drawn to scale', () => {
    const line = { name: 'sent', points: [0, 3_600, 7_200].map((seconds, i) => ({ seconds, value: i * 5 })) };
    const svg = draw('T', 'c', [
      [{ kind: 'number', title: 'Share & more', unit: 'percentunit', value: 0.935 }],
      [{ kind: 'lines', title: 'Volume', unit: 'cpm', lines: [line] }],
      [
        {
          kind: 'bars',
          title: 'Codes',
          unit: 'short',
          bars: [
            { name: 'a', value: 1_200 },
            { name: 'b', value: 600 },
          ],
        },
      ],
    ]);
    expect(svg).to.include('>93.5%<').and.include('>Share &amp; more<').and.include('>1,200<');
    const [, points = ''] = /<polyline [^>]*points="([^"]*)"/.exec(svg) ?? [];
    const [x, y] = [0, 1].map((at) => points.split(' ').map((point) => Number(point.split(',')[at])));
    expect(x![1]! - x![0]!).to.equal(x![2]! - x![1]!);
    expect(y![0]! - y![1]!).to.be.closeTo(y![1]! - y![2]!, 0.2);
    const [a, b] = [...svg.matchAll(/<rect x="120" [^>]*width="([\d.]+)" height="16"/g)].map(([, width]) =>
      Number(width),
    );
    expect(a! / b!).to.be.closeTo(2, 0.01);
  });
});
