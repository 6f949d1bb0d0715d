"""Counting queens: pure Python, integers and recursion, and no import, so that any interpreter runs it."""


def queens(size, columns=0, left=0, right=0):
    """How many ways there are to place `size` queens so that none attacks another."""
    full = (1 << size) - 1
    if columns == full:
        return 1
    count = 0
    free = full & ~(columns | left | right)
    while free:
        place = free & -free
        free ^= place
        count += queens(size, columns | place, (left | place) << 1, (right | place) >> 1)
    return count
