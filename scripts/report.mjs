/** Counts and prints checks; the output of a failed one is shown, and what is left out says why. */
export function createReport() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  return {
    counts,
    /**
     * Runs one check: it fails by throwing, and what it returns is printed beside its name.
     *
     * @returns whether it passed
     */
    async check(name, body) {
      const started = performance.now();
      try {
        const remark = await body();
        counts.passed++;
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`ok      ${name} (${seconds} s)${remark ? `: ${remark}` : ''}`);
        return true;
      } catch (error) {
        counts.failed++;
        console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : error}`);
        return false;
      }
    },
    skip(name, reason) {
      counts.skipped++;
      console.log(`skipped ${name}: ${reason}`);
    },
    /** Prints the counts and sets the exit code. */
    finish(title) {
      const { passed, failed, skipped } = counts;
      console.log(`${title}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
      process.exitCode = failed > 0 ? 1 : 0;
    },
  };
}
