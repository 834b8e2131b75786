import { Environment, Interpreter } from '@huggingface/jinja';

type Node = NonNullable<Parameters<Interpreter['evaluate']>[0]>;
type Value = ReturnType<Interpreter['evaluate']>;

/** Fields of the library's syntax tree that are looked at here. */
interface AnyNode extends Node {
  value?: unknown;
  operator?: { value: string };
  left?: Node;
  right?: Node;
  object?: Node;
  property?: Node;
  computed?: boolean;
  operand?: Node;
  filter?: { type: string; value?: string; callee?: { value: string } };
  iterable?: AnyNode;
  lhs?: Node;
}

/** Python's names for the library's types. */
const PYTHON_TYPES: Record<string, string> = {
  StringValue: 'str',
  ArrayValue: 'list',
  TupleValue: 'tuple',
  ObjectValue: 'dict',
  IntegerValue: 'int',
  FloatValue: 'float',
  BooleanValue: 'bool',
  FunctionValue: 'function',
  NamespaceValue: 'jinja2.utils.Namespace',
};
const STRICT_OPERATORS = new Set(['+', '-', '*', '/', '//', '%', '**', '<', '>', '<=', '>=']);
/** Filters over items: those of a string are its characters, and an undefined value has none. */
const ITEM_FILTERS = new Set('selectattr rejectattr map list first last length join'.split(' '));
/** Filters over text, where an undefined value is ''. */
const TEXT_FILTERS = new Set('trim upper lower title capitalize replace indent string'.split(' '));

/** A node that has its value already, so that nothing is evaluated twice. */
function known(value: Value): Node {
  return { type: 'KnownValue', value } as Node;
}

/** A value of the library's for a plain one; it does not export its classes. */
function toValue(plain: unknown): Value {
  return new Environment().set('value', plain);
}

function isUndefined(value: Value): boolean {
  return value.type === 'UndefinedValue';
}

/** A string as the list of its characters, which is what iterating it gives in Python. */
function characters(value: Value): Value {
  return toValue(Array.from(value.value as string));
}

/**
 * The library's interpreter with Python's behaviour where chat templates depend on it:
 *
 * - using an undefined value is an error that says what was undefined, instead of giving '' or a vague one;
 * - strings can be iterated and filtered by attribute (a message whose content is a string instead of parts).
 */
export class JinjaInterpreter extends Interpreter {
  private readonly reasons = new WeakMap<Value, string>();

  override evaluate(node: Node | undefined, environment: Environment): Value {
    const any = node as AnyNode | undefined;
    switch (any?.type) {
      case 'KnownValue':
        return any.value as Value;
      case 'Identifier':
        return this.explain(super.evaluate(any, environment), `'${any.value}' is undefined`);
      case 'MemberExpression':
        return this.member(any, environment);
      case 'BinaryExpression':
        return this.binary(any, environment);
      case 'FilterExpression':
        return this.filter(any, environment);
      case 'For':
        return this.loop(any, environment);
      default:
        return super.evaluate(node, environment);
    }
  }

  /** Remembers why a value is undefined, in Jinja's words. */
  private explain(value: Value, reason: string): Value {
    if (isUndefined(value) && !this.reasons.has(value)) this.reasons.set(value, reason);
    return value;
  }

  private requireDefined(value: Value): void {
    if (isUndefined(value)) throw new Error(this.reasons.get(value) ?? 'a value is undefined');
  }

  private member(node: AnyNode, environment: Environment): Value {
    const object = this.evaluate(node.object, environment);
    this.requireDefined(object);
    const slice = node.property?.type === 'SliceExpression';
    const property =
      node.computed && !slice ? this.evaluate(node.property, environment) : undefined;
    const value = super.evaluate(
      { ...node, object: known(object), ...(property && { property: known(property) }) } as Node,
      environment,
    );
    const name = property ? property.value : (node.property as AnyNode).value;
    const type = PYTHON_TYPES[object.type];
    const owner = object.type === 'NullValue' ? 'None' : `${type ?? object.type} object`;
    const reason =
      typeof name === 'string'
        ? `'${owner}' has no attribute '${name}'`
        : `${owner} has no element ${String(name)}`;
    return this.explain(value, reason);
  }

  private binary(node: AnyNode, environment: Environment): Value {
    const operator = node.operator!.value;
    if (operator === 'and' || operator === 'or') return super.evaluate(node, environment);
    let left = this.evaluate(node.left, environment);
    let right = this.evaluate(node.right, environment);
    if (STRICT_OPERATORS.has(operator)) {
      this.requireDefined(left);
      this.requireDefined(right);
    }
    if (isUndefined(left) && !isUndefined(right) && /^(not )?in$/.test(operator)) {
      return toValue(operator !== 'in');
    }
    if (operator === '~') {
      // Undefined is written as nothing, and None by its name.
      const written = (value: Value) =>
        isUndefined(value) ? toValue('') : value.type === 'NullValue' ? toValue('None') : value;
      left = written(left);
      right = written(right);
    }
    return super.evaluate({ ...node, left: known(left), right: known(right) } as Node, environment);
  }

  private filter(node: AnyNode, environment: Environment): Value {
    const name = node.filter?.value ?? node.filter?.callee?.value ?? '';
    let operand = this.evaluate(node.operand, environment);
    if (isUndefined(operand) && ITEM_FILTERS.has(name)) operand = toValue([]);
    if (isUndefined(operand) && TEXT_FILTERS.has(name)) operand = toValue('');
    if (operand.type === 'StringValue' && ITEM_FILTERS.has(name)) {
      operand = characters(operand);
      // No character has attributes.
      if (name === 'selectattr') return toValue([]);
      if (name === 'rejectattr') return operand;
    }
    return super.evaluate({ ...node, operand: known(operand) } as Node, environment);
  }

  private loop(node: AnyNode, environment: Environment): Value {
    const conditional = node.iterable?.type === 'SelectExpression';
    let items = this.evaluate(conditional ? node.iterable?.lhs : node.iterable, environment);
    if (isUndefined(items)) items = toValue([]);
    if (items.type === 'StringValue') items = characters(items);
    const iterable = conditional ? { ...node.iterable, lhs: known(items) } : known(items);
    return super.evaluate({ ...node, iterable } as Node, environment);
  }
}
