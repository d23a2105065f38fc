/* Classes from logits, in 32-bit floats and in a fixed order of operations: picking.py does the
 * same in numpy, to the bit. Arrays are held class by class, so that compilers make vectors of
 * rows. */

#include <math.h>
#include <string.h>

#include "kernel.h"

enum { ROWS = 64 }; /* at a time, so that all classes stay in cache */

/* exp(x) for x <= 0, and 0 below -87: 2^n times the Taylor series of the rest, which is at most
 * ln(2) / 2 in size. The relative error is below 2e-7. */
static inline float exponential(float x) {
    const float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    float inside = x > -87.0f ? x : -87.0f; /* of NaN, too */
    float n = rintf(inside * log2_e);
    float r = inside - n * ln2_high;
    r = r - n * ln2_low;
    float sum = 1.0f / 5040;
    sum = sum * r + 1.0f / 720;
    sum = sum * r + 1.0f / 120;
    sum = sum * r + 1.0f / 24;
    sum = sum * r + 1.0f / 6;
    sum = sum * r + 0.5f;
    sum = sum * r + 1.0f;
    sum = sum * r + 1.0f;
    int32_t bits = x > -87.0f ? ((int32_t)n + 127) * (1 << 23) : 0;
    float power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

static void pick_some(const float *margins, int64_t classes, const float *prior,
                      const double *uniforms, int64_t count, uint8_t *chosen) {
    float upto[MAX_OUTPUTS][ROWS], top[ROWS], total[ROWS] = {0};
    int32_t below[ROWS] = {0}, last[ROWS] = {0};
    for (int64_t c = 0; c < classes; c++) {
        memset(upto[c], 0, sizeof upto[c]);
        for (int64_t r = 0; r < count; r++)
            upto[c][r] = prior[c] + margins[r * classes + c];
    }
    memcpy(top, upto[0], sizeof top);
    for (int64_t c = 1; c < classes; c++)
        for (int64_t r = 0; r < ROWS; r++)
            top[r] = upto[c][r] > top[r] ? upto[c][r] : top[r];
    for (int32_t c = 0; c < classes; c++)
        for (int64_t r = 0; r < ROWS; r++) {
            float weight = exponential(upto[c][r] - top[r]);
            total[r] += weight;
            upto[c][r] = total[r];
            last[r] = weight > 0 ? c : last[r];
        }
    for (int64_t r = 0; r < count; r++)
        total[r] *= (float)uniforms[r];
    for (int64_t c = 0; c < classes; c++)
        for (int64_t r = 0; r < ROWS; r++)
            below[r] += upto[c][r] <= total[r];
    for (int64_t r = 0; r < count; r++)
        chosen[r] = (uint8_t)(below[r] < last[r] ? below[r] : last[r]);
}

void NAMED(pick)(const float *margins, int64_t classes, const float *prior, const double *uniforms,
                 int64_t count, uint8_t *chosen) {
    for (int64_t first = 0; first < count; first += ROWS)
        pick_some(margins + first * classes, classes, prior, uniforms + first,
                  count - first < ROWS ? count - first : ROWS, chosen + first);
}
