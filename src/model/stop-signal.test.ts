import { describe, expect, it } from 'vitest';
import { abortSignalOf, type StopSignal, StopSource } from './stop-signal.ts';

describe('a stop signal', () => {
  it('tells its listeners once, in order, and keeps its first reason', () => {
    const stop = new StopSource();
    const heard: string[] = [];
    stop.addEventListener('abort', () => heard.push('first'));
    stop.addEventListener('abort', () => heard.push('second'));
    stop.abort('because');
    stop.abort('again');
    expect(heard).toEqual(['first', 'second']);
    expect(stop.aborted).toBe(true);
    expect(stop.reason).toBe('because');
  });

  it('does not tell who has let go, not even while the others are told', () => {
    const stop = new StopSource();
    const heard: string[] = [];
    const late = () => heard.push('late');
    const gone = () => heard.push('gone');
    stop.addEventListener('abort', gone);
    stop.addEventListener('abort', () => stop.removeEventListener('abort', late));
    stop.addEventListener('abort', late);
    stop.removeEventListener('abort', gone);
    stop.abort('because');
    expect(heard).toEqual([]);
  });

  it('tells the others although one of them throws, and throws that error then', () => {
    const stop = new StopSource();
    const heard: string[] = [];
    stop.addEventListener('abort', () => {
      throw new Error('broken listener');
    });
    stop.addEventListener('abort', () => heard.push('other'));
    expect(() => stop.abort('because')).toThrow('broken listener');
    expect(heard).toEqual(['other']);
  });

  it('throws its reason once it is stopped', () => {
    const stop = new StopSource();
    expect(() => stop.throwIfAborted()).not.toThrow();
    stop.abort(new Error('because'));
    expect(() => stop.throwIfAborted()).toThrow('because');
  });

  it('is what an AbortSignal is too', () => {
    const controller = new AbortController();
    const signal: StopSignal = controller.signal;
    controller.abort('because');
    expect(signal.reason).toBe('because');
  });
});

describe('a real AbortSignal in its place', () => {
  it('is the signal itself where it is one', () => {
    const { signal } = new AbortController();
    expect(abortSignalOf(signal)).toBe(signal);
  });

  it('follows, with the reason, be it stopped later or already', () => {
    const stop = new StopSource();
    const before = abortSignalOf(stop);
    stop.abort('because');
    const after = abortSignalOf(stop);
    expect([before.aborted, before.reason]).toEqual([true, 'because']);
    expect([after.aborted, after.reason]).toEqual([true, 'because']);
  });
});
