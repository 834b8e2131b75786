#include "top_tokens.h"

#include <algorithm>
#include <cstring>
#include <utility>

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
    if (count == n) {
        for (size_t i = 0; i < n; i++) { out[i] = static_cast<int32_t>(i); }
        return;
    }
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

struct Entry {
    uint32_t key;
    int32_t position;
};

constexpr size_t kPasses = 4;

uint32_t byte_of(const Entry& entry, size_t pass) { return entry.key >> (8 * pass) & 0xff; }

// Sorts entries by key, byte by byte from the lowest; equal keys stay in order. The result lies where it says, in either
// of the two.
const Entry* sort_by_key(Entry* entries, Entry* spare, size_t count) {
    uint32_t starts[kPasses][256] = {};
    for (size_t i = 0; i < count; i++) {
        for (size_t pass = 0; pass < kPasses; pass++) { starts[pass][byte_of(entries[i], pass)]++; }
    }
    for (size_t pass = 0; pass < kPasses; pass++) {
        uint32_t sum = 0;
        for (uint32_t& start : starts[pass]) {
            const uint32_t here = start;
            start = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++) { spare[starts[pass][byte_of(entries[i], pass)]++] = entries[i]; }
        std::swap(entries, spare);
    }
    return entries;
}

// Below this a comparison sort beats four passes over 256 counters.
constexpr size_t kSmallSort = 64;

}  // namespace

bool select_top_tokens(int32_t* out, size_t count, const float* scores, size_t n) {
    Scratch<uint32_t> keys(n);
    if (!keys || !make_keys(keys.data(), scores, n)) { return false; }
    select_smallest(out, count, keys.data(), n);
    return true;
}

bool rank_tokens(int32_t* out, size_t count, const float* scores, size_t n) {
    Scratch<uint32_t> keys(n);
    Scratch<Entry> entries(2 * count);
    if (!keys || !entries || !make_keys(keys.data(), scores, n)) { return false; }
    select_smallest(out, count, keys.data(), n);
    if (count <= kSmallSort) {
        std::sort(out, out + count, [&keys](int32_t a, int32_t b) {
            return keys[a] < keys[b] || (keys[a] == keys[b] && a < b);
        });
        return true;
    }
    for (size_t i = 0; i < count; i++) { entries[i] = {keys[out[i]], out[i]}; }
    const Entry* const sorted = sort_by_key(entries.data(), entries.data() + count, count);
    for (size_t i = 0; i < count; i++) { out[i] = sorted[i].position; }
    return true;
}

}  // namespace autoprune
