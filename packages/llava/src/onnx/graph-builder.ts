import { relative, sep } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { commonFolder } from './common-folder.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** Element types of ONNX tensors, with their numbers in TensorProto.DataType. */
const ONNX_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;

/** An ONNX element type. */
export type OnnxType = keyof typeof ONNX_TYPES;

/** The name of a value in a graph. */
export type Value = string & { readonly __value?: never };

/** An attribute of a node: a whole number, a float (as `{ float }`), a list or a word. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** Where the bytes of a weight lie: in a file beside the graph, by offset, as stored. */
export interface ExternalTensor {
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
  /** Absolute path, symbolic links resolved. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A finished graph. */
export interface Graph {
  /** An ONNX ModelProto. */
  readonly bytes: Uint8Array;
  /** Folder that the files of its weights are named from. */
  readonly folder: string;
}

type Dimension = number | string;

/** Opset of the standard operators; 20 brought Gelu. */
const OPSET = 20;
/** IR version that belongs to the opset. */
const IR_VERSION = 9;

const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;

/**
 * Builds an ONNX model in memory: nodes in order, weights left in the files that they come from.
 *
 * Every method returns the name of the value that it made; names are made up where none is given.
 */
export class GraphBuilder {
  private readonly nodes: ProtobufWriter[] = [];
  private readonly initializers: ProtobufWriter[] = [];
  private readonly externals: { name: string; tensor: ExternalTensor }[] = [];
  private readonly inputs: ProtobufWriter[] = [];
  private readonly outputs: ProtobufWriter[] = [];
  private readonly names = new Set<string>();
  private counter = 0;

  constructor(private readonly graphName: string) {}

  /** Declares an input; a dimension is a number, or a word for one known only at run time. */
  input(name: string, type: OnnxType, shape: readonly Dimension[]): Value {
    this.inputs.push(valueInfo(this.claim(name), type, shape));
    return name;
  }

  /** Declares an output under `name`. */
  output(name: string, value: Value, type: OnnxType, shape: readonly Dimension[]): void {
    this.node('Identity', [value], { name });
    this.outputs.push(valueInfo(name, type, shape));
  }

  /** A small constant, stored in the graph. */
  constant(
    type: 'float32' | 'int64' | 'uint8' | 'int8',
    values: readonly number[],
    shape?: readonly number[],
  ): Value {
    const name = this.fresh('const');
    const bytes =
      type === 'float32'
        ? new Uint8Array(Float32Array.from(values).buffer)
        : type === 'int64'
          ? new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
          : Uint8Array.from(values, (value) => value & 0xff);
    this.initializers.push(tensorHeader(name, type, shape ?? [values.length]).bytes(9, bytes));
    return name;
  }

  /** A weight in a file, as stored. */
  external(tensor: ExternalTensor): Value {
    const name = this.fresh('weight');
    this.externals.push({ name, tensor });
    return name;
  }

  /** A node with one output. */
  node(
    operator: string,
    inputs: readonly Value[],
    options: { name?: string; domain?: string; attributes?: Record<string, Attribute> } = {},
  ): Value {
    return this.nodeWithOutputs(operator, inputs, 1, options)[0]!;
  }

  /** A node with several outputs. */
  nodeWithOutputs(
    operator: string,
    inputs: readonly Value[],
    count: number,
    options: { name?: string; domain?: string; attributes?: Record<string, Attribute> } = {},
  ): Value[] {
    const outputs = Array.from({ length: count }, (_, index) =>
      options.name === undefined
        ? this.fresh(operator.toLowerCase())
        : this.claim(index === 0 ? options.name : `${options.name}_${index}`),
    );
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, outputs[0]!).text(4, operator);
    for (const [key, value] of Object.entries(options.attributes ?? {})) {
      node.message(5, attribute(key, value));
    }
    if (options.domain !== undefined) node.text(7, options.domain);
    this.nodes.push(node);
    return outputs;
  }

  /** The whole model. */
  finish(): Graph {
    const folder = commonFolder(this.externals.map(({ tensor }) => tensor.file));
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.message(1, node);
    graph.text(2, this.graphName);
    for (const initializer of this.initializers) graph.message(5, initializer);
    for (const { name, tensor } of this.externals) {
      graph.message(5, externalTensor(name, tensor, folder));
    }
    for (const input of this.inputs) graph.message(11, input);
    for (const output of this.outputs) graph.message(12, output);
    const opset = (domain: string, version: number) =>
      new ProtobufWriter().text(1, domain).integer(2, version);
    const bytes = new ProtobufWriter()
      .integer(1, IR_VERSION)
      .text(2, '@autoprune/llava')
      .message(7, graph)
      .message(8, opset('', OPSET))
      .message(8, opset('com.microsoft', 1))
      .finish();
    return { bytes, folder };
  }

  private fresh(stem: string): string {
    return this.claim(`${stem}_${this.counter++}`);
  }

  private claim(name: string): string {
    if (this.names.has(name)) {
      throw new AutopruneError('GRAPH_INVALID', `Graph ${this.graphName} defines ${name} twice`, {
        name,
      });
    }
    this.names.add(name);
    return name;
  }
}

function externalTensor(name: string, tensor: ExternalTensor, folder: string): ProtobufWriter {
  const entry = (key: string, value: string | number) =>
    new ProtobufWriter().text(1, key).text(2, String(value));
  const location = relative(folder, tensor.file).split(sep).join('/');
  return tensorHeader(name, tensor.dtype, tensor.shape)
    .message(13, entry('location', location))
    .message(13, entry('offset', tensor.offset))
    .message(13, entry('length', tensor.length))
    .integer(14, 1);
}

function tensorHeader(name: string, type: OnnxType, shape: readonly number[]): ProtobufWriter {
  return new ProtobufWriter().packedIntegers(1, shape).integer(2, ONNX_TYPES[type]).text(8, name);
}

function valueInfo(name: string, type: OnnxType, shape: readonly Dimension[]): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const dimension of shape) {
    const message = new ProtobufWriter();
    if (typeof dimension === 'number') message.integer(1, dimension);
    else message.text(2, dimension);
    dimensions.message(1, message);
  }
  const tensor = new ProtobufWriter().integer(1, ONNX_TYPES[type]).message(2, dimensions);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}

function attribute(name: string, value: Attribute): ProtobufWriter {
  const message = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, INT);
  if (typeof value === 'string') {
    return message.bytes(4, new TextEncoder().encode(value)).integer(20, STRING);
  }
  if (Array.isArray(value)) return message.packedIntegers(8, value).integer(20, INTS);
  return message.float(2, (value as { float: number }).float).integer(20, FLOAT);
}
