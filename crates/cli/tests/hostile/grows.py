"""Takes memory until the system refuses it; prints how many MiB it had. Nothing is written there."""

import mmap

had = []
try:
    while len(had) < 1 << 20:
        had.append(mmap.mmap(-1, 1 << 20))
except OSError:
    print(len(had))
