#pragma once
// Decoder layers with 4-bit weights, for one token at a time.
#include <memory>
#include <string>
#include <vector>

#include "decode/file_memory.h"
#include "kernels.h"

namespace autoprune {

struct DecoderShape {
    size_t hidden = 0;
    size_t intermediate = 0;
    size_t heads = 0;
    size_t key_value_heads = 0;
    size_t head_size = 0;
    float epsilon = 0;

    size_t query_width() const { return heads * head_size; }
    size_t key_width() const { return key_value_heads * head_size; }
};

struct DecoderLayer {
    const float* input_norm = nullptr;
    Int4Matrix query = {};
    Int4Matrix key = {};
    Int4Matrix value = {};
    Int4Matrix output = {};
    const float* post_norm = nullptr;
    Int4Matrix gate = {};
    Int4Matrix up = {};
    Int4Matrix down = {};
};

// Where a layer's arrays lie in its file, in the order of DecoderLayer, a matrix's values before its scales.
struct LayerFile {
    static constexpr size_t kArrays = 16;
    std::string path;
    uint64_t offsets[kArrays] = {};
};

struct Decoder {
    // Reads the files. Null with a failure.
    static std::shared_ptr<const Decoder> create(const DecoderShape& shape, const std::vector<LayerFile>& files,
                                                 const Kernels& kernels, size_t threads, Failure* failure);

    DecoderShape shape;
    std::vector<DecoderLayer> layers;
    std::vector<std::shared_ptr<const FileMemory>> files;
    const Kernels* kernels = nullptr;
    size_t threads = 1;
};

}  // namespace autoprune
