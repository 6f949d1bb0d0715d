"""What a cut leaves of the writes that were not flushed: any part of them, a sector at a time.

A disk may write its cache in any order, so any set of sectors can be there while earlier ones are missing. Of one sector
it never keeps an older content over a newer one, so what is chosen is written in its own order.
"""

import os
import struct

NOTE = struct.Struct("<QI")
SECTOR = 512


def left_over(image, notes, dice):
    """Lets a random part of the noted sectors reach the image; says how many."""
    sectors = []
    with open(notes, "rb") as file:
        while len(head := file.read(NOTE.size)) == NOTE.size:
            offset, length = NOTE.unpack(head)
            written = file.read(length)
            sectors += [(offset + at, written[at : at + SECTOR]) for at in range(0, len(written), SECTOR)]
    share = dice.random()
    chosen = [sector for sector in sectors if dice.random() < share]
    with open(image, "r+b") as disk:
        for offset, sector in chosen:
            disk.seek(offset)
            disk.write(sector)
        disk.flush()
        os.fsync(disk.fileno())
    return len(chosen)
