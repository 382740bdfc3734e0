import { defineConfig } from 'vitest/config';

/** The tests that a mutant is shown to: those of the decisions themselves, without sockets and without whole gateways. */
export default defineConfig({
  test: {
    include: ['src/resilience/*.test.ts', 'src/engine/*.test.ts'],
    pool: 'forks',
    // Instrumented code on a loaded machine is slow, and what is asked is whether a test fails, not when.
    testTimeout: 300_000,
  },
});
