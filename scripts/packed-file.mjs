/** The path of the tarball that `pnpm pack --json` wrote, of what it printed: scripts may print before the JSON. */
export const packedFile = (printed) => JSON.parse(printed.slice(printed.indexOf('{'))).filename;
