import { defineConfig } from 'vitest/config';

/** The tests that a mutant is shown to: those of the decisions themselves, without sockets and without whole gateways. */
export default defineConfig({
  test: {
    include: ['src/resilience/*.test.ts', 'src/engine/*.test.ts'],
    pool: 'forks',
  },
});
