"""What the workloads compute, for FastAPI and Django alike, without any framework."""

import random

import numpy as np

from queens import queens

ROWS = 10_000
ITEMS = 20
QUEENS = 10
SIDE = 200


def products():
    """The document of /json: built anew for every request, as from a price list."""
    items = []
    for number in range(1, ITEMS + 1):
        price_cents, quantity = 100 + 7 * number, 1 + number % 5
        items.append(
            {
                "id": number,
                "name": f"Product {number}",
                "price_cents": price_cents,
                "quantity": quantity,
                "total_cents": price_cents * quantity,
            }
        )
    return {"count": len(items), "total_cents": sum(i["total_cents"] for i in items), "items": items}


def row_ids(count):
    """Random ids, drawn anew for every request so that no row is the hot one."""
    return [random.randint(1, ROWS) for _ in range(count)]


def solutions():
    return {"size": QUEENS, "solutions": queens(QUEENS)}


LEFT = np.fromfunction(lambda i, j: (i * SIDE + j) % 7, (SIDE, SIDE))
RIGHT = np.fromfunction(lambda i, j: (i + 2 * j) % 5, (SIDE, SIDE))


def matrix():
    """One product of two matrices through NumPy, then the trace and the sum of it."""
    product = LEFT @ RIGHT
    return {"side": SIDE, "trace": int(np.trace(product)), "sum": int(product.sum())}
