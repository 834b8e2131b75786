#include "boundary/read_decoder.h"

#include "boundary/tensors.h"
#include "decode/token_step.h"
#include "processor.h"

namespace autoprune {
namespace {

// No model has an extent beyond it, and no product of two overflows.
constexpr double kMostExtent = 1 << 24;
constexpr uint32_t kShapeParts = 6;
// With the scales of keys and of values, which 8-bit integers have.
constexpr uint32_t kLayerParts = 9;

bool read_extent(napi_env env, napi_value list, uint32_t index, size_t* extent) {
    napi_value entry = nullptr;
    double value = 0;
    if (napi_get_element(env, list, index, &entry) != napi_ok || napi_get_value_double(env, entry, &value) != napi_ok ||
        !(value >= 1 && value <= kMostExtent)) {
        return false;
    }
    *extent = static_cast<size_t>(value);
    return true;
}

bool read_shape(napi_env env, napi_value list, DecoderShape* shape) {
    napi_value last = nullptr;
    double epsilon = 0;
    if (!read_extent(env, list, 0, &shape->hidden) || !read_extent(env, list, 1, &shape->intermediate) ||
        !read_extent(env, list, 2, &shape->heads) || !read_extent(env, list, 3, &shape->key_value_heads) ||
        !read_extent(env, list, 4, &shape->head_size) || napi_get_element(env, list, kShapeParts - 1, &last) != napi_ok ||
        napi_get_value_double(env, last, &epsilon) != napi_ok || !(epsilon >= 0)) {
        return false;
    }
    shape->epsilon = static_cast<float>(epsilon);
    return shape->heads % shape->key_value_heads == 0 && shape->head_size % 2 == 0 &&
           static_cast<double>(shape->query_width()) <= kMostExtent;
}

bool read_layer_file(napi_env env, napi_value entry, LayerFile* file) {
    napi_value path = nullptr;
    napi_value offsets = nullptr;
    uint32_t count = 0;
    if (napi_get_element(env, entry, 0, &path) != napi_ok || !read_string(env, path, &file->path) ||
        napi_get_element(env, entry, 1, &offsets) != napi_ok || napi_get_array_length(env, offsets, &count) != napi_ok ||
        count != LayerFile::kArrays) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        napi_value offset = nullptr;
        int64_t value = -1;
        if (napi_get_element(env, offsets, i, &offset) != napi_ok || napi_get_value_int64(env, offset, &value) != napi_ok ||
            value < 0) {
            return false;
        }
        file->offsets[i] = static_cast<uint64_t>(value);
    }
    return true;
}

bool read_layer_files(napi_env env, napi_value list, std::vector<LayerFile>* files) {
    uint32_t count = 0;
    if (napi_get_array_length(env, list, &count) != napi_ok || count == 0) { return false; }
    files->resize(count);
    for (uint32_t i = 0; i < count; i++) {
        napi_value entry = nullptr;
        if (napi_get_element(env, list, i, &entry) != napi_ok || !read_layer_file(env, entry, &(*files)[i])) { return false; }
    }
    return true;
}

// The best instruction set for undefined; null for one that this machine lacks.
const Kernels* read_kernels(napi_env env, napi_value name) {
    napi_valuetype kind = napi_undefined;
    if (name == nullptr || (napi_typeof(env, name, &kind) == napi_ok && kind == napi_undefined)) {
        size_t count = 0;
        return available_kernels(&count)[0];
    }
    std::string wanted;
    return read_string(env, name, &wanted) ? find_kernels(wanted.c_str()) : nullptr;
}

// `length` floats; false for another number of them.
bool read_exactly(napi_env env, napi_value value, size_t length, float** data, napi_value held) {
    size_t found = 0;
    return read_floats(env, value, data, &found) && found == length && hold(env, held, value);
}

// `rows` rows of a cache, in the format that the kind of array says.
bool read_cache(napi_env env, napi_value value, napi_value scales, size_t rows, size_t width, CacheFormat* format,
                CacheMemory* memory, napi_value held) {
    size_t length = 0;
    return read_packed(env, value, format, &memory->data, &length) && length == rows * width && hold(env, held, value) &&
           (*format != CacheFormat::kInt8 || read_exactly(env, scales, rows, &memory->scales, held));
}

bool read_layer(napi_env env, napi_value entry, const DecoderShape& shape, LayerMemory* layer, napi_value held) {
    napi_value part[kLayerParts];
    for (uint32_t i = 0; i < kLayerParts; i++) {
        if (napi_get_element(env, entry, i, &part[i]) != napi_ok) { return false; }
    }
    uint32_t capacity = 0;
    if (napi_get_value_uint32(env, part[2], &capacity) != napi_ok || capacity == 0 ||
        !read_row(env, part[3], &layer->row) || !hold(env, held, part[3])) {
        return false;
    }
    layer->capacity = capacity;
    float* cosines = nullptr;
    float* sines = nullptr;
    const size_t half = shape.head_size / 2;
    const size_t rows = shape.key_value_heads * layer->capacity;
    CacheFormat value_format = CacheFormat::kFloat;
    const bool read = read_cache(env, part[0], part[7], rows, shape.head_size, &layer->format, &layer->key, held) &&
                      read_cache(env, part[1], part[8], rows, shape.head_size, &value_format, &layer->value, held) &&
                      value_format == layer->format &&
                      read_exactly(env, part[4], half, &cosines, held) && read_exactly(env, part[5], half, &sines, held) &&
                      read_exactly(env, part[6], shape.query_width(), &layer->query, held);
    layer->cosines = cosines;
    layer->sines = sines;
    return read;
}

}  // namespace

std::unique_ptr<CreateDecoderJob> read_decoder(napi_env env, const napi_value* argument) {
    DecoderShape shape;
    std::vector<LayerFile> files;
    uint32_t threads = 0;
    const Kernels* kernels = nullptr;
    if (!read_shape(env, argument[0], &shape) || !read_layer_files(env, argument[1], &files) ||
        napi_get_value_uint32(env, argument[2], &threads) != napi_ok || threads == 0 ||
        (kernels = read_kernels(env, argument[3])) == nullptr) {
        refuse_argument(env,
                        "Expected the shape of a decoder, a file and 16 offsets for each layer, a number of threads, and "
                        "one of `paths` or undefined");
        return nullptr;
    }
    return std::make_unique<CreateDecoderJob>(shape, std::move(files), *kernels, threads);
}

std::unique_ptr<Step> read_token_step(napi_env env, std::shared_ptr<const Decoder> decoder, const napi_value* part, napi_value held) {
    float* hidden = nullptr;
    uint32_t count = 0;
    const size_t layers = decoder->layers.size();
    if (napi_get_array_length(env, part[2], &count) != napi_ok || count == 0 || count % layers != 0 ||
        !read_exactly(env, part[1], count / layers * decoder->shape.hidden, &hidden, held)) {
        return nullptr;
    }
    std::vector<LayerMemory> memory(count);
    for (uint32_t i = 0; i < count; i++) {
        napi_value entry = nullptr;
        if (napi_get_element(env, part[2], i, &entry) != napi_ok || !read_layer(env, entry, decoder->shape, &memory[i], held)) {
            return nullptr;
        }
    }
    return std::unique_ptr<Step>(new TokenStep(std::move(decoder), hidden, std::move(memory)));
}

}  // namespace autoprune
