/* What the drawing kernel is made of, for its own sources; library.py is its face in Python.
 *
 * Sources are compiled once for each instruction set: NAMED(walk) is trimtab_walk_baseline or
 * trimtab_walk_avx2. Nothing here checks what it is given: library.py and forest.py do. */

#ifndef TRIMTAB_KERNEL_H
#define TRIMTAB_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define TRIMTAB_ABI 3 /* to be raised with every change that library.py has to follow */

#define JOINED(name, set) trimtab_##name##_##set
#define EXPANDED(name, set) JOINED(name, set)
#define NAMED(name) EXPANDED(name, INSTRUCTION_SET)

enum {
    BLOCK = 128,       /* rows that are worked off at once, so that a tree's data stay in cache */
    MAX_DEPTH = 6,     /* of a tree: its leaves are numbered by less than a byte */
    MAX_OUTPUTS = 256, /* of a forest, and classes to pick from: a class is a byte */
    MAX_CUTS = 255,    /* of a feature: a bin is a byte */
};

/* A split. Rows go left whose bin is below `below`, which is 1 to 255, less 128 and as signed bytes
 * (the one comparison of bytes that every machine has), four times the same. */
struct node {
    uint32_t column; /* of the forest's own columns */
    uint32_t below;
};

/* Complete trees one after the other, each with its own depth: a leaf above the bottom stands there
 * as often as it has places, and what is drawn for a split above it does not matter. */
struct forest {
    int64_t trees;
    int64_t outputs;             /* margins a row, 1 to MAX_OUTPUTS */
    int64_t width;               /* floats a leaf: 1, or the outputs padded to a multiple of 4 */
    int64_t columns;             /* how many features the trees look at */
    const int64_t *features;     /* [columns] which they are */
    const uint8_t *depth;        /* [trees] 0 to MAX_DEPTH */
    const struct node *nodes;    /* level by level, 2^depth - 1 a tree */
    const float *leaves;         /* from left to right, 2^depth times `width` floats a tree */
    const float *cuts;           /* of all features, rising for each; its bin is how many of them are
                                  * not above a value, at most MAX_CUTS */
    const int64_t *cut_starts;   /* [features + 1] */
    const uint8_t *bins;         /* of codes, for features that are told by codes */
    const int64_t *bin_starts;   /* [columns + 1] */
};

/* What rows have in the features. Row r of column c is at[c * stride + r], a code or a value. A
 * feature that is none of the columns is `last`, in the order in which rows are asked for. */
struct rows {
    const uint16_t *codes; /* this or `values` is NULL */
    const float *values;
    int64_t stride;
    const int64_t *places; /* [features] the column of each, -1 for `last` */
    const float *last;
};

/* Margins [count, outputs] of rows: the sums of their leaves, in the order of the trees. The rows
 * are some[0..count-1], or 0..count-1 where `some` is NULL. Returns 0, or -1 without memory. */
int NAMED(walk)(const struct forest *forest, const struct rows *rows, const int64_t *some,
                int64_t count, float *margins);

/* A class a row, of 1 to MAX_OUTPUTS, by inverse distribution function: P(class) is the softmax of
 * prior [classes] plus margins [count, classes]; uniforms [count] are in [0, 1). */
void NAMED(pick)(const float *margins, int64_t classes, const float *prior, const double *uniforms,
                 int64_t count, uint8_t *chosen);

#endif
