"""An nbdkit plugin: a disk whose cache forgets. What was written and not flushed is in no way on the disk.

Every write is noted in a file of its own until the next flush, so that the rig can let any part of them reach the disk
after the power is cut. A number in the file `trip` cuts it after so many more writes, in the middle of a burst.
"""

import builtins
import os
import signal
import struct
import threading

import nbdkit

API_VERSION = 2
SECTOR = 512
NOTE = struct.Struct("<QI")

image = None
notes = None
trip = None
left = None
pending = {}
lock = threading.Lock()


def config(key, value):
    global image, notes, trip
    if key == "image":
        image = os.open(value, os.O_RDWR)
    elif key == "notes":
        notes = os.open(value, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    elif key == "trip":
        trip = value
    else:
        raise RuntimeError(f"there is no setting {key}")


def thread_model():
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def open(readonly):  # nbdkit asks for this name.
    return 1


def get_size(handle):
    return os.fstat(image).st_size


def can_flush(handle):
    return True


def can_fua(handle):
    return nbdkit.FUA_EMULATE


def pread(handle, buffer, offset, flags):
    whole = bytearray(os.pread(image, len(buffer), offset))
    with lock:
        for at in range(0, len(whole), SECTOR):
            newer = pending.get(offset + at)
            if newer is not None:
                whole[at : at + SECTOR] = newer
    buffer[:] = whole


def pwrite(handle, buffer, offset, flags):
    written = bytes(buffer)
    with lock:
        os.write(notes, NOTE.pack(offset, len(written)) + written)
        for at in range(0, len(written), SECTOR):
            pending[offset + at] = written[at : at + SECTOR]
    cut_in_time()


def cut_in_time():
    global left
    if left is None and os.path.exists(trip):
        with builtins.open(trip) as file:
            left = int(file.read() or 0)
    if left is not None:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def flush(handle, flags):
    with lock:
        for offset, sector in pending.items():
            os.pwrite(image, sector, offset)
        pending.clear()
        os.ftruncate(notes, 0)
        os.lseek(notes, 0, os.SEEK_SET)
