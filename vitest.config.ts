import { defineConfig } from 'vitest/config';

// Tests budget runs, steps and states. The limit on seconds only ends a test that hangs, on the slowest machine there is. A worker for
// each core: the runner would leave one idle, and of two that is half of the machine. Files share their worker's modules: loading them
// for each anew is a fifth of the time, and what modules keep is found again by what it was made of.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    isolate: false,
    maxWorkers: '100%',
  },
});
