import { callGlobal, storageOf } from './pickle-calls.js';
import type { PickleMachine } from './pickle-machine.js';
import { describeValue, isKind, type PickleOpaque, type PickleValue } from './pickle-value.js';

/** What an opcode does. */
type Operation = (machine: PickleMachine) => void;

const LIST: PickleOpaque = { kind: 'list' };
const SET: PickleOpaque = { kind: 'set' };
const BYTES: PickleOpaque = { kind: 'bytes' };

const pushBytes = (machine: PickleMachine, length: number): void => {
  machine.cursor.take(length);
  machine.push(BYTES);
};

/** Makes a list or set out of what is above the mark, which is dropped, see PickleOpaque. */
const collectInto =
  (value: PickleOpaque): Operation =>
  (machine) => {
    machine.popToMark();
    machine.push(value);
  };

/** Adds one value, or those above the mark, to the list or set below them. */
const addTo =
  (value: PickleOpaque, all: boolean): Operation =>
  (machine) => {
    if (all) machine.popToMark();
    else machine.pop();
    const target = machine.top();
    if (target !== value) machine.fail(`${describeValue(target)} is not a ${value.kind}`);
  };

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  machine.setItems([machine.pop(), value]);
}

function call(machine: PickleMachine, asClass: boolean): void {
  const args = machine.pop();
  const callee = machine.pop();
  machine.push(callGlobal(callee, args, machine.cursor, asClass));
}

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof module !== 'string' || typeof name !== 'string') {
    machine.fail('a global is not named by two texts');
  }
  machine.pushGlobal(module, name);
}

/** Attributes of an OrderedDict (`_metadata`: version numbers of modules) do not matter here. */
function build(machine: PickleMachine): void {
  machine.pop();
  const target = machine.top();
  if (!isKind(target, 'dict') || !target.ordered) {
    machine.fail(`${describeValue(target)} takes no attributes`);
  }
}

function checkFrame(machine: PickleMachine): void {
  const length = machine.cursor.uint64();
  if (length > machine.cursor.remaining) {
    machine.fail(`a frame of ${length} bytes, but ${machine.cursor.remaining} are left`);
  }
}

const constant =
  (value: PickleValue): Operation =>
  (machine) =>
    machine.push(value);

/**
 * The opcodes of protocols 2 to 5 that torch can emit. Left out on purpose: PERSID, INST, OBJ and the
 * texts of protocols 0 and 1, EXT1-4 (a registry of globals), NEWOBJ_EX, NEXT_BUFFER and READONLY_BUFFER.
 */
export const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // Stack and memo: MARK, POP, POP_MARK, DUP, BINGET, LONG_BINGET, BINPUT, LONG_BINPUT, MEMOIZE, FRAME
  [0x28, (m) => m.mark()],
  [0x30, (m) => (m.markOnTop ? m.popToMark() : m.pop())],
  [0x31, (m) => m.popToMark()],
  [0x32, (m) => m.push(m.top())],
  [0x68, (m) => m.recall(m.cursor.byte())],
  [0x6a, (m) => m.recall(m.cursor.uint32())],
  [0x71, (m) => m.memoise(m.cursor.byte())],
  [0x72, (m) => m.memoise(m.cursor.uint32())],
  [0x94, (m) => m.memoise()],
  [0x95, checkFrame],
  // Scalars: NONE, NEWTRUE, NEWFALSE, BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  [0x4e, constant(null)],
  [0x88, constant(true)],
  [0x89, constant(false)],
  [0x4a, (m) => m.push(m.cursor.int32())],
  [0x4b, (m) => m.push(m.cursor.byte())],
  [0x4d, (m) => m.push(m.cursor.uint16())],
  [0x8a, (m) => m.push(m.cursor.integer(m.cursor.byte()))],
  [0x8b, (m) => m.push(m.cursor.integer(m.cursor.uint32()))],
  [0x47, (m) => m.push(m.cursor.float())],
  // Texts: BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
  [0x58, (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  [0x8c, (m) => m.push(m.cursor.text(m.cursor.byte()))],
  [0x8d, (m) => m.push(m.cursor.text(m.cursor.uint64()))],
  // Bytes: BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
  [0x42, (m) => pushBytes(m, m.cursor.uint32())],
  [0x43, (m) => pushBytes(m, m.cursor.byte())],
  [0x8e, (m) => pushBytes(m, m.cursor.uint64())],
  [0x96, (m) => pushBytes(m, m.cursor.uint64())],
  // Tuples: EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
  [0x29, constant({ kind: 'tuple', items: [] })],
  [0x85, (m) => m.popTuple(1)],
  [0x86, (m) => m.popTuple(2)],
  [0x87, (m) => m.popTuple(3)],
  [0x74, (m) => m.push({ kind: 'tuple', items: m.popToMark() })],
  // Lists and sets: EMPTY_LIST, LIST, EMPTY_SET, FROZENSET, APPEND, APPENDS, ADDITEMS
  [0x5d, constant(LIST)],
  [0x6c, collectInto(LIST)],
  [0x8f, constant(SET)],
  [0x91, collectInto(SET)],
  [0x61, addTo(LIST, false)],
  [0x65, addTo(LIST, true)],
  [0x90, addTo(SET, true)],
  // Dicts: EMPTY_DICT, SETITEM, SETITEMS
  [0x7d, (m) => m.push({ kind: 'dict', ordered: false, entries: [] })],
  [0x73, setItem],
  [0x75, (m) => m.setItems(m.popToMark())],
  // Objects: GLOBAL, STACK_GLOBAL, BINPERSID, REDUCE, NEWOBJ, BUILD
  [0x63, (m) => m.pushGlobal(m.cursor.line(), m.cursor.line())],
  [0x93, stackGlobal],
  [0x51, (m) => m.push(storageOf(m.pop(), m.cursor))],
  [0x52, (m) => call(m, false)],
  [0x81, (m) => call(m, true)],
  [0x62, build],
]);
