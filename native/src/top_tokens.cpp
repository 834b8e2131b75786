#include "top_tokens.h"

#include <algorithm>
#include <cstring>

#include "scratch.h"

namespace autoprune {
namespace {

constexpr int kDigitBits = 11;
constexpr uint32_t kDigits = 1u << kDigitBits;
constexpr uint32_t kExponent = 0x7f800000u;

// keys (n): a higher score has a smaller key, and equal scores (-0 and 0 too) have equal keys.
bool make_keys(uint32_t* keys, const float* scores, size_t n) {
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        const float score = scores[i] + 0.0f;  // -0 becomes 0
        uint32_t bits;
        std::memcpy(&bits, &score, sizeof bits);
        bad |= (bits & kExponent) == kExponent;
        keys[i] = ~(bits ^ (static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u));
    }
    return !bad;
}

struct Threshold {
    uint32_t key;     // the count-th smallest
    size_t below;     // keys smaller than it
};

// Radix selection, 11 + 11 + 10 bits from the top.
Threshold find_threshold(const uint32_t* keys, size_t n, size_t count) {
    uint32_t histogram[kDigits];
    uint32_t prefix = 0;
    uint32_t mask = 0;
    size_t below = 0;
    for (int shift : {21, 10, 0}) {
        const uint32_t digits = shift == 0 ? 1u << 10 : kDigits;
        std::memset(histogram, 0, digits * sizeof(uint32_t));
        for (size_t i = 0; i < n; i++) {
            if ((keys[i] & mask) == prefix) { histogram[(keys[i] >> shift) & (digits - 1)]++; }
        }
        uint32_t digit = 0;
        while (below + histogram[digit] < count) { below += histogram[digit++]; }
        prefix |= digit << shift;
        mask |= (digits - 1) << shift;
    }
    return {prefix, below};
}

// Positions of the count smallest keys, ascending.
void select_smallest(int32_t* out, size_t count, const uint32_t* keys, size_t n) {
    if (count == 0) { return; }
    const Threshold threshold = find_threshold(keys, n, count);
    size_t ties = count - threshold.below;
    for (size_t i = 0, slot = 0; slot < count; i++) {
        const bool tie = keys[i] == threshold.key && ties > 0;
        out[slot] = static_cast<int32_t>(i);
        slot += tie || keys[i] < threshold.key;
        ties -= tie;
    }
}

// Sorts positions by key; equal keys stay in order.
void sort_by_key(int32_t* positions, size_t count, const uint32_t* keys, int32_t* spare) {
    for (int shift : {0, 10, 21}) {
        const uint32_t digits = shift == 0 ? 1u << 10 : kDigits;
        uint32_t starts[kDigits + 1] = {};
        for (size_t i = 0; i < count; i++) { starts[((keys[positions[i]] >> shift) & (digits - 1)) + 1]++; }
        for (uint32_t digit = 0; digit < digits; digit++) { starts[digit + 1] += starts[digit]; }
        for (size_t i = 0; i < count; i++) {
            spare[starts[(keys[positions[i]] >> shift) & (digits - 1)]++] = positions[i];
        }
        std::memcpy(positions, spare, count * sizeof(int32_t));
    }
}

// Below this a comparison sort beats three passes over 2 048 counters.
constexpr size_t kSmallSort = 512;

}  // namespace

bool select_top_tokens(int32_t* out, size_t count, const float* scores, size_t n) {
    Scratch<uint32_t> keys(n);
    if (!keys || !make_keys(keys.data(), scores, n)) { return false; }
    select_smallest(out, count, keys.data(), n);
    return true;
}

bool rank_tokens(int32_t* out, size_t count, const float* scores, size_t n) {
    Scratch<uint32_t> keys(n);
    Scratch<int32_t> spare(count);
    if (!keys || !spare || !make_keys(keys.data(), scores, n)) { return false; }
    select_smallest(out, count, keys.data(), n);
    if (count > kSmallSort) {
        sort_by_key(out, count, keys.data(), spare.data());
    } else {
        std::sort(out, out + count, [&keys](int32_t a, int32_t b) {
            return keys[a] < keys[b] || (keys[a] == keys[b] && a < b);
        });
    }
    return true;
}

}  // namespace autoprune
