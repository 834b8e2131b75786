import { PickleCursor } from './pickle-cursor.js';
import { PickleMachine } from './pickle-machine.js';
import { OPERATIONS } from './pickle-opcodes.js';
import type { PickleValue } from './pickle-value.js';

/** torch takes about 35 opcodes a tensor, so this is 29 000 tensors in one file. */
const MAX_OPCODES = 1_000_000;
const PROTO = 0x80;
const STOP = 0x2e;
/** torch writes 2; `pickle_protocol` of torch.save can ask for more. */
const PROTOCOLS = [2, 3, 4, 5];

function requireProtocol(cursor: PickleCursor): void {
  const opcode = cursor.opcode();
  const protocol = opcode === PROTO ? cursor.byte() : undefined;
  if (protocol === undefined || !PROTOCOLS.includes(protocol)) {
    cursor.fail(`it is no pickle of protocol ${PROTOCOLS.join(', ')}`);
  }
}

/**
 * Reads a pickle as data: no code is run, nothing is imported, and what calls would give is known for a
 * short list of names only. Every opcode takes constant time for each value that it consumes and nothing
 * recurses, so time and memory are bounded by {@link MAX_OPCODES} and the length of `bytes`.
 *
 * @param path  the checkpoint, for messages
 * @throws CHECKPOINT_INVALID naming a forbidden global, or the byte at which the pickle is malformed
 */
export function unpickle(bytes: Buffer, path: string): PickleValue {
  const cursor = new PickleCursor(bytes, path);
  requireProtocol(cursor);
  const machine = new PickleMachine(cursor);
  for (let count = 0; count < MAX_OPCODES; count++) {
    const opcode = cursor.opcode();
    if (opcode === STOP) return machine.finish();
    const operation = OPERATIONS.get(opcode);
    if (!operation) {
      return cursor.fail(`opcode 0x${opcode.toString(16)} is none that torch writes`);
    }
    operation(machine);
  }
  return cursor.fail(`it has more than ${MAX_OPCODES} opcodes`);
}
