/* The work of mlplab's trainer in plain C, to compare with.

   The weights of a network are one vector: W1 row by row, b1, W2, b2, ... Hidden layers
   and the output are sigmoids, the loss is the binary cross-entropy, the gradient that
   of all four rows. mlplab/descent.py has the same loops, with comments. */

#include <math.h>
#include <string.h>

#define MAX_UNITS 1024 /* of a network, the two inputs included */
#define ROWS 4

/* One network: `steps` updates of `weights`, and the loss before each of them. */
void train(const long *sizes, long layers, float *weights, const float *y,
           float learning_rate, long steps, float *losses)
{
    static float h[MAX_UNITS][ROWS], dz[MAX_UNITS][ROWS];
    for (int row = 0; row < ROWS; row++) {
        h[0][row] = row / 2;
        h[1][row] = row % 2;
    }
    for (long step = 0; step < steps; step++) {
        long w = 0, first = 0;
        for (long layer = 0; layer < layers; layer++) {
            long n_in = sizes[layer], n_out = sizes[layer + 1];
            long b = w + n_in * n_out, out = first + n_in;
            for (long j = 0; j < n_out; j++) {
                float z[ROWS];
                for (int row = 0; row < ROWS; row++)
                    z[row] = weights[b + j];
                for (long i = 0; i < n_in; i++)
                    for (int row = 0; row < ROWS; row++)
                        z[row] += h[first + i][row] * weights[w + i * n_out + j];
                for (int row = 0; row < ROWS; row++)
                    h[out + j][row] =
                        layer < layers - 1 ? 1 / (1 + expf(-z[row])) : z[row];
            }
            w = b + n_out;
            first = out;
        }

        float loss = 0;
        for (int row = 0; row < ROWS; row++) {
            float z = h[first][row], t = expf(-fabsf(z));
            loss += (z > 0 ? z : 0) - z * y[row] + log1pf(t);
            dz[first][row] = ((z >= 0 ? 1 : t) / (1 + t) - y[row]) / ROWS;
        }
        losses[step] = loss / ROWS;

        for (long layer = layers - 1; layer >= 0; layer--) {
            long n_in = sizes[layer], n_out = sizes[layer + 1], out = first;
            long b = w - n_out;
            w = b - n_in * n_out;
            first -= n_in;
            for (long j = 0; j < n_out; j++) {
                float *d = dz[out + j];
                weights[b + j] -= learning_rate * ((d[0] + d[1]) + (d[2] + d[3]));
            }
            for (long i = 0; i < n_in; i++) {
                float *x = h[first + i], dh[ROWS] = {0};
                for (long j = 0; j < n_out; j++) {
                    float *d = dz[out + j], *W = &weights[w + i * n_out + j];
                    for (int row = 0; row < ROWS; row++)
                        dh[row] += d[row] * *W;
                    *W -= learning_rate
                        * ((x[0] * d[0] + x[1] * d[1]) + (x[2] * d[2] + x[3] * d[3]));
                }
                for (int row = 0; layer > 0 && row < ROWS; row++)
                    dz[first + i][row] = dh[row] * x[row] * (1 - x[row]);
            }
        }
    }
}

/* exp(x) for x <= 0, as a polynomial (Moshier's Cephes), which fits into SIMD lanes. */
static inline float exp_of_negative(float x)
{
    x = x > -87 ? x : -87;
    float n = floorf(x * 1.44269504f + 0.5f);
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    int bits = ((int)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return (p * r * r + r + 1) * power;
}

static inline float sigmoid(float z)
{
    float t = exp_of_negative(-fabsf(z));
    return (z >= 0 ? 1 : t) / (1 + t);
}

#define EACH_LANE for (int lane = 0; lane < LANES; lane++)

/* LANES networks side by side, a number that the compiler's command line gives: every
   number of `weights` is LANES numbers. */
void sweep(const long *sizes, long layers, float (*weights)[LANES], const float *y,
           float learning_rate, long steps)
{
    static float h[MAX_UNITS][ROWS][LANES], dz[MAX_UNITS][ROWS][LANES];
    for (int row = 0; row < ROWS; row++)
        EACH_LANE {
            h[0][row][lane] = row / 2;
            h[1][row][lane] = row % 2;
        }
    for (long step = 0; step < steps; step++) {
        long w = 0, first = 0;
        for (long layer = 0; layer < layers; layer++) {
            long n_in = sizes[layer], n_out = sizes[layer + 1];
            long b = w + n_in * n_out, out = first + n_in;
            for (long j = 0; j < n_out; j++)
                for (int row = 0; row < ROWS; row++) {
                    float z[LANES];
                    EACH_LANE z[lane] = weights[b + j][lane];
                    for (long i = 0; i < n_in; i++)
                        EACH_LANE z[lane] += h[first + i][row][lane]
                                           * weights[w + i * n_out + j][lane];
                    EACH_LANE h[out + j][row][lane] = sigmoid(z[lane]);
                }
            w = b + n_out;
            first = out;
        }

        for (int row = 0; row < ROWS; row++)
            EACH_LANE dz[first][row][lane] = (h[first][row][lane] - y[row]) / ROWS;

        for (long layer = layers - 1; layer >= 0; layer--) {
            long n_in = sizes[layer], n_out = sizes[layer + 1], out = first;
            long b = w - n_out;
            w = b - n_in * n_out;
            first -= n_in;
            for (long j = 0; j < n_out; j++)
                EACH_LANE {
                    float sum = 0;
                    for (int row = 0; row < ROWS; row++)
                        sum += dz[out + j][row][lane];
                    weights[b + j][lane] -= learning_rate * sum;
                }
            for (long i = 0; i < n_in; i++) {
                float dh[ROWS][LANES] = {{0}};
                for (long j = 0; j < n_out; j++) {
                    float *W = weights[w + i * n_out + j];
                    EACH_LANE {
                        float dW = 0;
                        for (int row = 0; row < ROWS; row++) {
                            dh[row][lane] += dz[out + j][row][lane] * W[lane];
                            dW += h[first + i][row][lane] * dz[out + j][row][lane];
                        }
                        W[lane] -= learning_rate * dW;
                    }
                }
                for (int row = 0; layer > 0 && row < ROWS; row++)
                    EACH_LANE {
                        float x = h[first + i][row][lane];
                        dz[first + i][row][lane] = dh[row][lane] * x * (1 - x);
                    }
            }
        }
    }
}
