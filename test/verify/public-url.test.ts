import { expect } from 'chai';
import { loggable, signedVariants } from '../../src/verify/public-url.ts';

describe('verify: the URLs of one public URL', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['https://example.com/a', ['https://example.com/a', 'https://example.com:443/a']],
    ['http://example.com/a', ['http://example.com/a', 'http://example.com:80/a']],
    ['https://example.com:8443/a', ['https://example.com:8443/a', 'https://example.com/a']],
    ['http://[::1]:8080/a', ['http://[::1]:8080/a', 'http://[::1]/a']],
    ['http://[fd00::1]/a', ['http://[fd00::1]/a', 'http://[fd00::1]:80/a']],
    ['https://example.com', ['https://example.com', 'https://example.com:443']],
  ];
  for (const [url, variants] of cases) {
    it(`${url}: as given, and with or without the port`, () => {
      expect(signedVariants(url)).to.deep.equal(variants);
    });
  }

  it('credentials: without them, as the documentation has it, and with them', () => {
    expect(signedVariants('https://user:1234@example.com/a')).to.deep.equal([
      'https://example.com/a',
      'https://example.com:443/a',
      'https://user:1234@example.com/a',
      'https://user:1234@example.com:443/a',
    ]);
  });

  it('are written to the log without query and credentials, and bounded', () => {
    expect(loggable('https://user:secret@example.com/a?MessageSid=SM1#x')).to.equal('https://example.com/a');
    expect(loggable('https://user:one@two@example.com/a')).to.equal('https://example.com/a');
    expect(loggable('http://15005550006:8080/a')).to.equal('http://***:8080/a');
    expect(loggable(`http://sm${'b2'.repeat(16)}/a`)).to.equal('http://***/a');
    expect(loggable(`https://example.com/${'a'.repeat(500)}`)).to.have.length(200);
  });
});
