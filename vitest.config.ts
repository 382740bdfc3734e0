import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // One less by default: on two cores that would be one file at a time.
    maxWorkers: '100%',
    // Sockets and clocks on a shared machine: a pipeline asks once more before it fails, and names every test that it asked twice.
    retry: process.env.CI ? 1 : 0,
  },
});
