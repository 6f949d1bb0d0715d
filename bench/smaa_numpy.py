"""The best NumPy program we know for the simulation: chunks that fit the cache, places by pairwise comparison, central
weights by a matrix product. Runs once for every line on standard input and prints the seconds it took."""

import sys
import time

import numpy as np

OPTIONS, CRITERIA, DRAWS, CHUNK = 5, 8, 1_000_000, 16_384


def simulate(values, draws, rng):
    options, criteria = values.shape
    places = np.zeros((options, options), dtype=np.int64)
    central = np.zeros((options, criteria))
    transposed = np.ascontiguousarray(values.T)
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        weights = rng.standard_exponential((size, criteria))
        weights /= weights.sum(axis=1, keepdims=True)
        scores = np.ascontiguousarray((weights @ transposed).T)
        place = np.zeros((options, size), dtype=np.int8)
        for one in range(options):
            for other in range(one + 1, options):
                behind = scores[one] < scores[other]
                place[one] += behind
                place[other] += ~behind
        for option in range(options):
            places[option] += np.bincount(place[option], minlength=options)
        central += (place == 0).astype(np.float64) @ weights
    return places, central / np.maximum(places[:, :1], 1)


def main():
    rng = np.random.Generator(np.random.SFC64(42))
    values = np.random.default_rng(1).random((OPTIONS, CRITERIA))
    for _ in sys.stdin:
        start = time.perf_counter()
        simulate(values, DRAWS, rng)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
