import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { type Graph, GraphBuilder } from './graph-builder.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** The messages of onnx.proto3 that a graph here uses, with their published field numbers. */
const SCHEMA = `
syntax = "proto3";
message StringStringEntryProto { string key = 1; string value = 2; }
message OperatorSetIdProto { optional string domain = 1; int64 version = 2; }
message AttributeProto {
  string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20;
}
message TensorProto {
  repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9;
  repeated StringStringEntryProto external_data = 13; int32 data_location = 14;
}
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message TensorShapeProto { repeated Dimension dim = 1; }
message TypeTensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TypeProto { TypeTensor tensor_type = 1; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5; string domain = 7;
}
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}
message Scalars { int64 negative = 1; float fraction = 2; repeated float packed = 3; repeated int64 list = 4; }
`;

const types = protobuf.parse(SCHEMA, { keepCase: true }).root;

function sampleGraph(): Graph {
  const graph = new GraphBuilder('sample');
  const x = graph.input('x', 'float32', ['n', 4]);
  const weight = graph.external({
    dtype: 'float16',
    shape: [3, 4],
    file: '/models/snapshots/abc/model.safetensors',
    offset: 5_000_000_012,
    length: 24,
  });
  graph.external({
    dtype: 'float32',
    shape: [1],
    file: '/models/tower/model.safetensors',
    offset: 0,
    length: 4,
  });
  const float = graph.node('Cast', [weight], { attributes: { to: 1 } });
  const product = graph.node('Gemm', [x, float], { attributes: { transB: 1 } });
  const [first, second] = graph.nodeWithOutputs('Split', [product], 2, {
    attributes: { axis: -1, num_outputs: 2 },
  }) as [string, string];
  const activated = graph.node('QuickGelu', [first], {
    domain: 'com.microsoft',
    attributes: { alpha: { float: 1.702 } },
  });
  const shape = graph.constant('int64', [0, -1]);
  const flat = graph.node('Reshape', [activated, shape]);
  const moved = graph.node('Transpose', [second], { attributes: { perm: [1, 0], note: 'word' } });
  graph.output('flat', flat, 'float32', ['n', 'rest']);
  graph.output('moved', moved, 'float32', ['rest', 'n']);
  return graph.finish();
}

describe('GraphBuilder', () => {
  it('writes what a generated encoder writes, byte for byte', () => {
    const model = types.lookupType('ModelProto');
    const { bytes } = sampleGraph();
    const decoded = model.decode(bytes);
    expect(model.verify(decoded)).toBeNull();
    expect(Buffer.from(model.encode(decoded).finish())).toEqual(Buffer.from(bytes));
  });

  it('holds nodes, weights by place, inputs and outputs', () => {
    const model = types.lookupType('ModelProto');
    const { graph, opset_import: opsets } = model.toObject(model.decode(sampleGraph().bytes), {
      longs: Number,
    });
    expect(graph.node.map((node: { op_type: string }) => node.op_type)).toEqual([
      'Cast',
      'Gemm',
      'Split',
      'QuickGelu',
      'Reshape',
      'Transpose',
      'Identity',
      'Identity',
    ]);
    expect(
      graph.initializer.find(
        ({ data_location: location }: { data_location: number }) => location === 1,
      ),
    ).toMatchObject({
      dims: [3, 4],
      data_type: 10,
      data_location: 1,
      external_data: [
        { key: 'location', value: 'snapshots/abc/model.safetensors' },
        { key: 'offset', value: '5000000012' },
        { key: 'length', value: '24' },
      ],
    });
    expect(graph.input[0].type.tensor_type.shape.dim).toEqual([
      { dim_param: 'n' },
      { dim_value: 4 },
    ]);
    expect(opsets).toEqual([
      { domain: '', version: 20 },
      { domain: 'com.microsoft', version: 1 },
    ]);
  });

  it('names the files of weights from the folder that holds them all', () => {
    const graph = sampleGraph();
    expect(graph.folder).toBe('/models');
    expect(Buffer.from(graph.bytes).includes('tower/model.safetensors')).toBe(true);
  });

  it('refuses a name that is defined twice', () => {
    const graph = new GraphBuilder('sample');
    graph.input('x', 'float32', [1]);
    expect(() => graph.input('x', 'float32', [1])).toThrow(/defines x twice/);
  });
});

it('ProtobufWriter writes negative numbers, floats and packed lists as a generated encoder does', () => {
  const scalars = types.lookupType('Scalars');
  const value = { negative: -1, fraction: 0.1, packed: [1.5, -2], list: [0, 300, -7] };
  const bytes = new ProtobufWriter()
    .integer(1, -1)
    .float(2, 0.1)
    .packedFloats(3, value.packed)
    .packedIntegers(4, value.list)
    .finish();
  expect(Buffer.from(bytes)).toEqual(
    Buffer.from(scalars.encode(scalars.fromObject(value)).finish()),
  );
});
