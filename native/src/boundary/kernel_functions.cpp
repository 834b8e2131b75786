#include "boundary/kernel_functions.h"

#include "boundary/arguments.h"
#include "boundary/cache_functions.h"
#include "boundary/picture_functions.h"
#include "gather_rows.h"
#include "neighbour_sums.h"
#include "top_tokens.h"

namespace autoprune {
namespace {

// Values of one row where `rows` rows are to hold `length` values; throws where they do not divide.
size_t width_of(Arguments& arguments, size_t length, size_t rows, const char* message) {
    arguments.require(rows > 0 && length % rows == 0, message);
    return arguments.ok() ? length / rows : 0;
}

// (tokens, width) at arguments 0 and 1
Matrix matrix_of(Arguments& arguments) {
    const View<float> data = arguments.floats(0, "tokens");
    const size_t width = arguments.count(1, "width", 1);
    arguments.require(data.length % width == 0, "Expected whole rows of tokens");
    return {data.data, data.length / width, width};
}

// (attention, rows, mean)
Napi::Value mean_attention(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "meanAttention");
    const View<float> attention = arguments.floats(0, "attention");
    const size_t rows = arguments.count(1, "rows", 1);
    const View<float> mean = arguments.floats(2, "mean");
    const size_t columns = width_of(arguments, attention.length, rows, "Expected whole rows of attention");
    arguments.require_length("mean", mean.length, columns);
    if (!arguments.ok()) { return {}; }
    return answer(info, kernels_of(info).mean_attention(mean.data, attention.data, rows, columns));
}

// (attention, heads, rows, information)
Napi::Value mutual_information(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "mutualInformation");
    const View<float> attention = arguments.floats(0, "attention");
    const size_t heads = arguments.count(1, "heads", 1);
    const size_t rows = arguments.count(2, "rows", 1);
    const View<double> information = arguments.doubles(3, "information");
    const size_t columns = width_of(arguments, attention.length, heads * rows, "Expected whole rows of attention");
    arguments.require_length("information", information.length, heads);
    if (!arguments.ok()) { return {}; }
    return answer(info, kernels_of(info).mutual_information(information.data, attention.data, heads, rows, columns));
}

template <bool (*Select)(int32_t*, size_t, const float*, size_t)>
Napi::Value top_tokens(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "selectTopTokens or rankTokens");
    const View<float> scores = arguments.floats(0, "scores");
    const View<int32_t> out = arguments.integers(1, "out");
    arguments.require(out.length <= scores.length, "Expected no more positions than scores");
    if (!arguments.ok()) { return {}; }
    return answer(info, Select(out.data, out.length, scores.data, scores.length));
}

// (source, width, rows, out)
Napi::Value gather(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "gatherRows");
    const Matrix source = matrix_of(arguments);
    const View<int32_t> rows = arguments.integers(2, "rows");
    const View<float> out = arguments.floats(3, "out");
    arguments.require_length("out", out.length, rows.length * source.width);
    if (!arguments.ok()) { return {}; }
    return answer(info, gather_rows(out.data, source, rows.data, rows.length));
}

// (source, width, offsets, inputs, weights, out)
Napi::Value map_rows(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "mapRows");
    const Matrix source = matrix_of(arguments);
    const View<int32_t> offsets = arguments.integers(2, "offsets");
    const View<int32_t> inputs = arguments.integers(3, "inputs");
    const View<float> weights = arguments.floats(4, "weights");
    const View<float> out = arguments.floats(5, "out");
    arguments.require(offsets.length > 0, "Expected at least one offset");
    arguments.require_length("weights", weights.length, inputs.length);
    if (!arguments.ok()) { return {}; }
    const RowMap map{offsets.data, inputs.data, weights.data, offsets.length - 1, inputs.length};
    arguments.require_length("out", out.length, map.outputs * source.width);
    if (!arguments.ok()) { return {}; }
    return answer(info, kernels_of(info).map_rows(out.data, source, map));
}

// (tokens, width, out): one number for every pair of tokens
template <bool (*Kernels::*Compare)(float*, const Matrix&)>
Napi::Value compare_pairs(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "pairDistances or similarityMatrix");
    const Matrix tokens = matrix_of(arguments);
    const View<float> out = arguments.floats(2, "out");
    arguments.require_length("out", out.length, tokens.rows * tokens.rows);
    if (!arguments.ok()) { return {}; }
    return answer(info, (kernels_of(info).*Compare)(out.data, tokens));
}

// (distance, neighbours, sums)
Napi::Value sum_neighbours(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "neighbourSums");
    const View<float> distance = arguments.floats(0, "distance");
    const size_t neighbours = arguments.count(1, "neighbours", 1);
    const View<double> sums = arguments.doubles(2, "sums");
    arguments.require_length("distance", distance.length, sums.length * sums.length);
    arguments.require(neighbours <= sums.length, "Expected no more neighbours than tokens");
    if (!arguments.ok()) { return {}; }
    return answer(info, neighbour_sums(sums.data, distance.data, sums.length, neighbours));
}

// (distance, density, centres, assignment, delta, score)
Napi::Value density_peaks(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "densityPeaks");
    const View<float> distance = arguments.floats(0, "distance");
    const View<float> density = arguments.floats(1, "density");
    const View<int32_t> centres = arguments.integers(2, "centres");
    const View<int32_t> assignment = arguments.integers(3, "assignment");
    const View<float> delta = arguments.floats(4, "delta");
    const View<float> score = arguments.floats(5, "score");
    const size_t m = density.length;
    arguments.require_length("distance", distance.length, m * m);
    arguments.require_length("assignment", assignment.length, m);
    arguments.require_length("delta", delta.length, m);
    arguments.require_length("score", score.length, m);
    arguments.require(centres.length >= 1 && centres.length <= m, "Expected between one centre and one a token");
    if (!arguments.ok()) { return {}; }
    const DensityPeaks peaks{centres.data, assignment.data, delta.data, score.data, centres.length};
    return answer(info, kernels_of(info).density_peaks(peaks, distance.data, density.data, m));
}

// (tokens, width, rows, targets, nearest, similarity)
Napi::Value nearest_targets(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "nearestTargets");
    const Matrix tokens = matrix_of(arguments);
    const View<int32_t> rows = arguments.integers(2, "rows");
    const View<int32_t> targets = arguments.integers(3, "targets");
    const View<int32_t> nearest = arguments.integers(4, "nearest");
    const View<float> similarity = arguments.floats(5, "similarity");
    arguments.require_length("nearest", nearest.length, rows.length);
    arguments.require_length("similarity", similarity.length, rows.length);
    arguments.require(targets.length > 0, "Expected at least one target");
    if (!arguments.ok()) { return {}; }
    return answer(info, kernels_of(info).nearest_targets(nearest.data, similarity.data, tokens, rows.data, rows.length,
                                                         targets.data, targets.length));
}

// (tokens, width, order)
Napi::Value select_max_min(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "selectMaxMin");
    const Matrix tokens = matrix_of(arguments);
    const View<int32_t> order = arguments.integers(2, "order");
    arguments.require(order.length <= tokens.rows, "Expected no more choices than tokens");
    if (!arguments.ok()) { return {}; }
    return answer(info, kernels_of(info).select_max_min(order.data, order.length, tokens));
}

// (tokens, width, relevance, order, gains)
Napi::Value select_determinantal(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "selectDeterminantal");
    const Matrix tokens = matrix_of(arguments);
    const View<float> relevance = arguments.floats(2, "relevance");
    const View<int32_t> order = arguments.integers(3, "order");
    const View<float> gains = arguments.floats(4, "gains");
    arguments.require_length("relevance", relevance.length, tokens.rows);
    arguments.require_length("gains", gains.length, order.length);
    arguments.require(order.length <= tokens.rows, "Expected no more choices than tokens");
    if (!arguments.ok()) { return {}; }
    return answer(info, kernels_of(info).select_determinantal(order.data, gains.data, order.length, tokens, relevance.data));
}

// (queries, heads, keys, keyHeads, width, first, columns, mean, information)
Napi::Value attention_scores(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "attentionScores");
    const View<float> queries = arguments.floats(0, "queries");
    const size_t heads = arguments.count(1, "heads", 1);
    const View<float> keys = arguments.floats(2, "keys");
    const size_t key_heads = arguments.count(3, "keyHeads", 1);
    const size_t width = arguments.count(4, "width", 1);
    const size_t first = arguments.count(5, "first", 0);
    const View<int32_t> columns = arguments.integers(6, "columns");
    const View<float> mean = arguments.floats(7, "mean");
    const View<double> information = arguments.doubles(8, "information");
    const size_t rows = width_of(arguments, queries.length, heads * width, "Expected whole rows of queries");
    const size_t key_rows = width_of(arguments, keys.length, key_heads * width, "Expected whole rows of keys");
    arguments.require(rows >= 1, "Expected at least one query row");
    arguments.require(heads % key_heads == 0, "Expected a whole number of query heads for each key head");
    arguments.require(first + rows <= key_rows, "Expected a key for every query row");
    arguments.require_length("mean", mean.length, columns.length);
    arguments.require_length("information", information.length, heads);
    if (!arguments.ok()) { return {}; }
    const TextRows text{{queries.data, heads, rows, width}, {keys.data, key_heads, key_rows, width}, first, columns.data, columns.length};
    return answer(info, kernels_of(info).attention_scores(mean.data, information.data, text));
}

}  // namespace

Napi::Object kernel_functions(Napi::Env env, const Kernels& kernels) {
    Napi::Object object = Napi::Object::New(env);
    void* const data = const_cast<Kernels*>(&kernels);
    const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
        object.Set(name, Napi::Function::New(env, function, name, data));
    };
    add("meanAttention", mean_attention);
    add("mutualInformation", mutual_information);
    add("selectTopTokens", top_tokens<select_top_tokens>);
    add("rankTokens", top_tokens<rank_tokens>);
    add("gatherRows", gather);
    add("mapRows", map_rows);
    add("pairDistances", compare_pairs<&Kernels::pair_distances>);
    add("neighbourSums", sum_neighbours);
    add("densityPeaks", density_peaks);
    add("similarityMatrix", compare_pairs<&Kernels::similarity_matrix>);
    add("nearestTargets", nearest_targets);
    add("selectMaxMin", select_max_min);
    add("selectDeterminantal", select_determinantal);
    add("attentionScores", attention_scores);
    add("weighColumns", weigh_columns);
    add("weighRows", weigh_rows);
    add("normalisePixels", normalise_pixels);
    add("packHalves", pack_halves);
    add("unpackHalves", unpack_halves);
    add("packBytes", pack_bytes);
    add("unpackBytes", unpack_bytes);
    return object;
}

}  // namespace autoprune
