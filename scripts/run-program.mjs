import { spawn } from 'node:child_process';

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output
 * @throws with everything it wrote, when it ends with anything but 0 or takes longer than `timeoutMs`
 */
export function runProgram(command, args, { timeoutMs = 600_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let everything = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      stdout += part;
      everything += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part) => {
      everything += part;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve(stdout);
      else
        reject(
          new Error(
            `${command} ${args.join(' ')}: ${signal ?? `exit code ${status}`}\n${everything}`,
          ),
        );
    });
  });
}
