#include "decode/decoder.h"

#include <algorithm>

#include "runs.h"
#include "workers.h"

namespace autoprune {
namespace {

// Takes a layer's arrays out of its file, one after another.
class ArrayReader {
public:
    ArrayReader(const FileMemory& file, const LayerFile& place, Failure* failure)
        : file_(file), offset_(place.offsets), failure_(failure) {}

    const float* floats(size_t count) { return file_.at<float>(*offset_++, count, failure_); }

    Int4Matrix matrix(size_t outputs, size_t inputs) {
        const size_t blocks = (inputs + kInt4Block - 1) / kInt4Block;
        const uint8_t* const values = file_.at<uint8_t>(*offset_++, outputs * blocks * kInt4Block / 2, failure_);
        return {values, floats(outputs * blocks), outputs, blocks};
    }

private:
    const FileMemory& file_;
    const uint64_t* offset_;
    Failure* failure_;
};

DecoderLayer layer_of(const DecoderShape& shape, ArrayReader reader) {
    DecoderLayer layer;
    layer.input_norm = reader.floats(shape.hidden);
    layer.query = reader.matrix(shape.query_width(), shape.hidden);
    layer.key = reader.matrix(shape.key_width(), shape.hidden);
    layer.value = reader.matrix(shape.key_width(), shape.hidden);
    layer.output = reader.matrix(shape.hidden, shape.query_width());
    layer.post_norm = reader.floats(shape.hidden);
    layer.gate = reader.matrix(shape.intermediate, shape.hidden);
    layer.up = reader.matrix(shape.intermediate, shape.hidden);
    layer.down = reader.matrix(shape.hidden, shape.intermediate);
    return layer;
}

// The files of all layers, read by several threads at once: making room for them costs as much as copying.
struct Reading {
    const std::vector<LayerFile>& places;
    std::vector<std::shared_ptr<const FileMemory>>& files;
    std::vector<Failure>& failures;  // of every thread

    static bool work(const void* context, size_t member, size_t begin, size_t end) {
        const Reading& reading = *static_cast<const Reading*>(context);
        for (size_t layer = begin; layer < end; layer++) {
            reading.files[layer] = FileMemory::read(reading.places[layer].path, &reading.failures[member]);
            if (!reading.files[layer]) { return false; }
        }
        return true;
    }
};

}  // namespace

std::shared_ptr<const Decoder> Decoder::create(const DecoderShape& shape, const std::vector<LayerFile>& files,
                                               const Kernels& kernels, size_t threads, Failure* failure) {
    const std::shared_ptr<Decoder> decoder = std::make_shared<Decoder>();
    decoder->shape = shape;
    decoder->kernels = &kernels;
    decoder->threads = std::min(threads, most_members());
    decoder->files.resize(files.size());
    std::vector<Failure> failures(decoder->threads);
    const Reading reading{files, decoder->files, failures};
    share_runs(files.size(), 1, decoder->threads, Reading::work, &reading);
    for (const Failure& failed : failures) {
        if (!failed.empty()) { *failure = failed; }
    }
    for (size_t layer = 0; layer < files.size() && failure->empty(); layer++) {
        decoder->layers.push_back(layer_of(shape, ArrayReader(*decoder->files[layer], files[layer], failure)));
    }
    return failure->empty() ? decoder : nullptr;
}

}  // namespace autoprune
