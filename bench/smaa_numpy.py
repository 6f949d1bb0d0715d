"""The best NumPy program we know for the simulation: chunks that fit the cache, weights left unnormalised where only
the order counts, places by pairwise comparison, central weights by a matrix product. Runs once for every line on
standard input and prints the seconds it took."""

import sys
import time

import numpy as np

OPTIONS, CRITERIA, DRAWS, CHUNK = 5, 8, 1_000_000, 16_384


def simulate(values, draws, rng):
    options, criteria = values.shape
    places = np.zeros((options, options), dtype=np.int64)
    central = np.zeros((options, criteria))
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        weights = rng.standard_exponential((criteria, size))
        scores = values @ weights
        place = np.zeros((options, size), dtype=np.int8)
        for one in range(options):
            for other in range(one + 1, options):
                behind = (scores[one] < scores[other]).view(np.int8)
                place[one] += behind
                place[other] += behind ^ 1
        for option in range(options):
            for rank in range(options - 1):
                places[option, rank] += np.count_nonzero(place[option] == rank)
        central += ((place == 0) / weights.sum(axis=0)) @ weights.T
    places[:, -1] = draws - places[:, :-1].sum(axis=1)
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
