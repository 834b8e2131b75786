import { AutopruneError } from '@autoprune/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostCheck } from './allowed-hosts.js';
import { apiErrorOf } from './api-error.js';
import { apiKeyCheck } from './api-keys.js';
import { pictureOfDataUrl } from './data-url.js';

describe('pictureOfDataUrl', () => {
  it('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const url = `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
        expect(Uint8Array.from(pictureOfDataUrl(url, 'p'))).toEqual(bytes);
      }),
    );
  });

  it('refuses addresses of any kind, and names the field', () => {
    for (const url of [
      'http://a/b.png',
      'https://a',
      'ftp://a',
      'file:///a',
      '//a',
      'blob:a',
      '',
    ]) {
      expect(() => pictureOfDataUrl(url, 'messages[0]')).toThrow(
        /^messages\[0\] is not a data URL/,
      );
    }
  });

  it('refuses what base64 skips', () => {
    expect(() => pictureOfDataUrl('data:image/png;base64,AAAA AAAA', 'p')).toThrow('do not decode');
    expect(() => pictureOfDataUrl('data:image/png,AAAA', 'p')).toThrow('no picture in base64');
  });
});

describe('apiKeyCheck', () => {
  it('takes each of the keys and nothing else', () => {
    const check = apiKeyCheck(['one', 'two']);
    for (const key of ['Bearer one', 'bearer two']) expect(() => check(key)).not.toThrow();
    for (const key of [
      undefined,
      '',
      'one',
      'Bearer',
      'Bearer ',
      'Bearer on',
      'Bearer onee',
      'Basic one',
    ]) {
      expect(() => check(key)).toThrow(AutopruneError);
    }
  });

  it('asks nobody where there are no keys', () => {
    expect(() => apiKeyCheck([])(undefined)).not.toThrow();
  });
});

describe('hostCheck', () => {
  it('takes only names of this machine on the loopback', () => {
    const check = hostCheck('127.0.0.1');
    for (const host of ['localhost', 'LOCALHOST:8000', '127.0.0.1:1', '[::1]:8000']) {
      expect(() => check(host)).not.toThrow();
    }
    for (const host of [undefined, 'evil.example', 'localhost.evil.example', '127.0.0.1.nip.io']) {
      expect(() => check(host)).toThrow('listens on this machine only');
    }
  });

  it('leaves a server alone that others reach', () => {
    expect(() => hostCheck('0.0.0.0')('any.example')).not.toThrow();
  });
});

describe('apiErrorOf', () => {
  it('says nothing about what nobody foresaw, nor about the files of the server', () => {
    const secret = '/home/someone/model.safetensors';
    for (const error of [new Error(secret), new AutopruneError('TENSOR_MISSING', secret)]) {
      const { status, body } = apiErrorOf(error);
      expect(status).toBe(500);
      expect(JSON.stringify(body)).not.toContain('someone');
    }
  });

  it('tells when to come again', () => {
    const error = new AutopruneError('QUEUE_FULL', 'full', { retryAfterSeconds: 7 });
    expect(apiErrorOf(error)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  });
});
