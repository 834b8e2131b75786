#pragma once
// Sums over all pairs of rows of two lists in float64, tile by tile, every pair in the order of the reference.
#include "device.h"

namespace autoprune::cuda {

constexpr int kTile = 64;   // rows and columns of a block
constexpr int kEach = 4;    // rows and columns of a thread
constexpr int kAcross = kTile / kEach;
constexpr int kSlots = 16;  // of a row at a time
static_assert(kAcross * kAcross == kThreads && kSlots * kTile == 4 * kThreads);

// Rows of tokens (total, width); all of them where there is no list.
struct RowList {
    const float* tokens;
    int width;
    int total;
    const int* rows;
    int count;
};

// -1 past the end of the list or outside the tokens
__device__ inline int row_at(const RowList& list, int index) {
    if (index >= list.count) { return -1; }
    const int row = list.rows == nullptr ? index : list.rows[index];
    return row >= 0 && row < list.total ? row : -1;
}

// Products: four sums over k mod 4, then (s0 + s1) + (s2 + s3). The rest of a width that 4 does not divide goes to s0: it
// gets slots of its own, four apart.
struct Products {
    static constexpr int kSums = 4;
    __device__ static int slots(int width) { return width / 4 * 4 + width % 4 * 4; }
    __device__ static int channel_of(int slot, int width) {
        const int whole = width / 4 * 4;
        if (slot < whole) { return slot; }
        const int rest = whole + (slot - whole) / 4;
        return slot % 4 == 0 && rest < width ? rest : -1;
    }
    __device__ static void add(double (&sums)[kSums], int slot, double a, double b) {
        sums[slot % 4] = fma(a, b, sums[slot % 4]);
    }
    __device__ static double total(const double (&sums)[kSums]) { return sums[0] + sums[1] + (sums[2] + sums[3]); }
};

// Squared differences, in the order of the width.
struct SquaredDifferences {
    static constexpr int kSums = 1;
    __device__ static int slots(int width) { return width; }
    __device__ static int channel_of(int slot, int width) { return slot < width ? slot : -1; }
    __device__ static void add(double (&sums)[kSums], int, double a, double b) {
        const double difference = a - b;
        sums[0] += difference * difference;
    }
    __device__ static double total(const double (&sums)[kSums]) { return sums[0]; }
};

template <class Sum>
__device__ inline void load_slots(double (&tile)[kSlots][kTile + 1], const RowList& list, int first, int base) {
    const int line = static_cast<int>(threadIdx.x) / 4;
    const int row = row_at(list, first + line);
    for (int i = 0; i < 4; i++) {
        const int slot = static_cast<int>(threadIdx.x) % 4 * 4 + i;
        const int channel = row < 0 ? -1 : Sum::channel_of(base + slot, list.width);
        tile[slot][line] = channel < 0 ? 0.0 : static_cast<double>(list.tokens[static_cast<size_t>(row) * list.width + channel]);
    }
}

// Calls visit(r, c, i, j, sum) for the pairs of one tile that are inside both lists; r and c in [0, kEach) number the rows
// and columns of the calling thread. For a whole block.
template <class Sum, class Visit>
__device__ inline void for_tile_pairs(const RowList& a, const RowList& b, int tile_a, int tile_b, const Visit& visit) {
    __shared__ double left[kSlots][kTile + 1];
    __shared__ double right[kSlots][kTile + 1];
    const int down = static_cast<int>(threadIdx.x) / kAcross;
    const int across = static_cast<int>(threadIdx.x) % kAcross;
    double sums[kEach][kEach][Sum::kSums] = {};
    for (int base = 0; base < Sum::slots(a.width); base += kSlots) {
        __syncthreads();
        load_slots<Sum>(left, a, tile_a * kTile, base);
        load_slots<Sum>(right, b, tile_b * kTile, base);
        __syncthreads();
#pragma unroll
        for (int slot = 0; slot < kSlots; slot++) {
#pragma unroll
            for (int r = 0; r < kEach; r++) {
#pragma unroll
                for (int c = 0; c < kEach; c++) {
                    Sum::add(sums[r][c], slot, left[slot][down + kAcross * r], right[slot][across + kAcross * c]);
                }
            }
        }
    }
#pragma unroll
    for (int r = 0; r < kEach; r++) {
#pragma unroll
        for (int c = 0; c < kEach; c++) {
            const int i = tile_a * kTile + down + kAcross * r;
            const int j = tile_b * kTile + across + kAcross * c;
            if (i < a.count && j < b.count) { visit(r, c, i, j, Sum::total(sums[r][c])); }
        }
    }
}

}  // namespace autoprune::cuda
