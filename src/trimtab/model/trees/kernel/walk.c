/* Margins of a forest.
 *
 * All splits of a complete tree are compared for many rows at once, a byte a row, and the leaves'
 * numbers are then blended from the bottom to the root: no branch and no look-up hangs on a row.
 * (Breadth instead of depth, as in QuickScorer, Lucchese et al. 2015; trees of this depth do not
 * need its bit masks.) */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#ifdef __AVX2__
enum { LANES = 32 };
#else
enum { LANES = 16 };
#endif
enum {
    STEP = 2 * LANES, /* rows whose leaves are found together */
    TREES = 4,        /* whose leaves are added together */
    FLOATS = 32,      /* of a leaf that are added together */
};

typedef int8_t Bytes __attribute__((vector_size(LANES)));
typedef uint32_t Words __attribute__((vector_size(LANES)));
typedef float Wide __attribute__((vector_size(LANES), aligned(4), may_alias));
typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* Two vectors, so that what is read of a node serves twice. */
struct pair {
    Bytes low, high;
};

INLINE Bytes blend(Bytes where, Bytes yes, Bytes no) { return (yes & where) | (no & ~where); }

/* All ones (-1) where a row goes left. */
INLINE struct pair left_of(struct node node, const int8_t *bins) {
    const Bytes *at = (const Bytes *)(bins + (size_t)node.column * BLOCK);
    Bytes below = (Bytes)((Words){0} + node.below);
    return (struct pair){below > at[0], below > at[1]};
}

/* The leaf that each row reaches under node k, from the left: -1, 0, 1, ... */
INLINE struct pair under_1(const struct node *nodes, int k, const int8_t *bins) {
    return left_of(nodes[k], bins);
}

#define UNDER(depth, shallower)                                                                    \
    INLINE struct pair under_##depth(const struct node *nodes, int k, const int8_t *bins) {        \
        struct pair yes = under_##shallower(nodes, 2 * k + 1, bins);                               \
        struct pair no = under_##shallower(nodes, 2 * k + 2, bins);                                \
        struct pair left = left_of(nodes[k], bins);                                                \
        return (struct pair){blend(left.low, yes.low, no.low + (1 << shallower)),                  \
                             blend(left.high, yes.high, no.high + (1 << shallower))};              \
    }
UNDER(2, 1)
UNDER(3, 2)
UNDER(4, 3)
UNDER(5, 4)
UNDER(6, 5)

#define FIND(depth)                                                                                \
    case depth:                                                                                    \
        for (int64_t row = 0; row < count; row += STEP) {                                          \
            struct pair found = under_##depth(nodes, 0, bins + row);                               \
            Bytes *at = (Bytes *)(leaf + row);                                                     \
            at[0] = found.low + 1, at[1] = found.high + 1;                                         \
        }                                                                                          \
        break;

/* The leaf of a tree that each of the first `count` rows of a block reaches. */
static void find_leaves(int depth, const struct node *nodes, const int8_t *bins, int64_t count,
                        uint8_t *leaf) {
    switch (depth) {
        FIND(1)
        FIND(2)
        FIND(3)
        FIND(4)
        FIND(5)
        FIND(6)
    default:
        memset(leaf, 0, BLOCK);
    }
}

/* Some trees, and the leaf that each row of a block reaches in each of them. */
struct found {
    uint8_t leaf[TREES][BLOCK];
    const float *leaves[TREES];
};

INLINE void add_scalars(const struct found *found, int trees, int64_t count, float *sums) {
    for (int64_t row = 0; row < count; row++) {
        float sum = sums[row];
        for (int t = 0; t < trees; t++)
            sum += found->leaves[t][found->leaf[t][row]];
        sums[row] = sum;
    }
}

/* Adds `floats` of each row's leaves, a multiple of 4, from `first` on to its sums, which stay in
 * registers meanwhile. Leaves and sums have `width` floats. */
INLINE void add_floats(const struct found *found, int trees, int64_t count, int64_t width,
                       int64_t first, int floats, float *sums) {
    const int wides = floats / (LANES / 4), rest = wides * (LANES / 4); /* from there one Four */
    sums += first;
    for (int64_t row = 0; row < count; row++, sums += width) {
        Wide sum[FLOATS * 4 / LANES], *into = (Wide *)sums;
        Four last = {0};
        for (int j = 0; j < wides; j++)
            sum[j] = into[j];
        if (rest < floats)
            last = *(Four *)(sums + rest);
        for (int t = 0; t < trees; t++) {
            const float *leaf = found->leaves[t] + found->leaf[t][row] * width + first;
            for (int j = 0; j < wides; j++)
                sum[j] += ((const Wide *)leaf)[j];
            if (rest < floats)
                last += *(const Four *)(leaf + rest);
        }
        for (int j = 0; j < wides; j++)
            into[j] = sum[j];
        if (rest < floats)
            *(Four *)(sums + rest) = last;
    }
}

#define ADD(floats)                                                                                \
    case floats:                                                                                   \
        add_floats(found, trees, count, width, first, floats, sums);                               \
        break;

INLINE void add_leaves(const struct found *found, int trees, int64_t count, int64_t width,
                       float *sums) {
    if (width == 1) {
        add_scalars(found, trees, count, sums);
        return;
    }
    for (int64_t first = 0; first < width; first += FLOATS) {
        switch (width - first) {
            ADD(4)
            ADD(8)
            ADD(12)
            ADD(16)
            ADD(20)
            ADD(24)
            ADD(28)
        default:
            add_floats(found, trees, count, width, first, FLOATS, sums);
        }
    }
}

/* The sums [count, width] of the first `count` rows of a block. */
static void sum_block(const struct forest *forest, const int8_t *bins, int64_t count, float *sums) {
    const struct node *nodes = forest->nodes;
    const float *leaves = forest->leaves;
    struct found found __attribute__((aligned(LANES)));
    memset(sums, 0, (size_t)(count * forest->width) * sizeof *sums);
    for (int64_t first = 0; first < forest->trees; first += TREES) {
        int trees = forest->trees - first < TREES ? (int)(forest->trees - first) : TREES;
        for (int t = 0; t < trees; t++) {
            int depth = forest->depth[first + t];
            find_leaves(depth, nodes, bins, count, found.leaf[t]);
            found.leaves[t] = leaves;
            nodes += (1 << depth) - 1;
            leaves += forest->width << depth;
        }
        if (trees == TREES) /* a number that the compiler knows */
            add_leaves(&found, TREES, count, forest->width, sums);
        else
            add_leaves(&found, trees, count, forest->width, sums);
    }
}

/* Cuts padded to a power of two, for a search without branches. No value is as large as the padding,
 * as comparisons with NaN are false. */
static int64_t pad(const float *cuts, int64_t count, float *padded) {
    int64_t size = 1;
    while (size <= count)
        size *= 2;
    for (int64_t i = 0; i < size - 1; i++)
        padded[i] = i < count ? cuts[i] : NAN;
    return size;
}

INLINE int8_t bin_of(float value, const float *padded, int64_t size) {
    int64_t bin = 0;
    for (int64_t half = size / 2; half; half /= 2)
        bin += padded[bin + half - 1] <= value ? half : 0;
    return (int8_t)(bin ^ 128);
}

/* The bins of a feature in the rows first..first+count-1 that are asked for, as signed bytes. */
static void bin_values(const struct forest *forest, int64_t feature, const float *values,
                       const int64_t *some, int64_t first, int64_t count, int8_t *bins) {
    float padded[MAX_CUTS];
    const int64_t *starts = forest->cut_starts + feature;
    int64_t size = pad(forest->cuts + starts[0], starts[1] - starts[0], padded);
    if (some)
        for (int64_t r = 0; r < count; r++)
            bins[r] = bin_of(values[some[first + r]], padded, size);
    else
        for (int64_t r = 0; r < count; r++)
            bins[r] = bin_of(values[first + r], padded, size);
}

static void bin_codes(const uint8_t *bin_of_code, const uint16_t *codes, const int64_t *some,
                      int64_t first, int64_t count, int8_t *bins) {
    if (some)
        for (int64_t r = 0; r < count; r++)
            bins[r] = (int8_t)(bin_of_code[codes[some[first + r]]] ^ 128);
    else
        for (int64_t r = 0; r < count; r++)
            bins[r] = (int8_t)(bin_of_code[codes[first + r]] ^ 128);
}

/* The bins of a block of rows, column by column. What stands behind its rows does not matter. */
static void bin_block(const struct forest *forest, const struct rows *rows, const int64_t *some,
                      int64_t first, int64_t count, int8_t *block) {
    for (int64_t c = 0; c < forest->columns; c++, block += BLOCK) {
        int64_t feature = forest->features[c], place = rows->places[feature];
        if (place < 0)
            bin_values(forest, feature, rows->last, NULL, first, count, block);
        else if (rows->values)
            bin_values(forest, feature, rows->values + place * rows->stride, some, first, count,
                       block);
        else
            bin_codes(forest->bins + forest->bin_starts[c], rows->codes + place * rows->stride, some,
                      first, count, block);
    }
}

int NAMED(walk)(const struct forest *forest, const struct rows *rows, const int64_t *some,
                int64_t count, float *margins) {
    size_t bytes = (size_t)forest->columns * BLOCK;
    size_t floats = (size_t)forest->width * BLOCK;
    int8_t *block = aligned_alloc(BLOCK, bytes + floats * sizeof(float));
    if (!block)
        return -1;
    memset(block, 0, bytes);
    float *sums = (float *)(block + bytes);
    for (int64_t first = 0; first < count; first += BLOCK) {
        int64_t inside = count - first < BLOCK ? count - first : BLOCK;
        bin_block(forest, rows, some, first, inside, block);
        sum_block(forest, block, inside, sums);
        for (int64_t r = 0; r < inside; r++, margins += forest->outputs)
            memcpy(margins, sums + r * forest->width, (size_t)forest->outputs * sizeof *margins);
    }
    free(block);
    return 0;
}
