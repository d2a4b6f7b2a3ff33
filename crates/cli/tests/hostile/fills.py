"""Takes more room in its folder than it may have, in the way that is named. Then it answers nothing."""

import os
import sys

STATE = os.environ["HOME"]
HALF = 512 << 20


def file(path):
    with open(path, "wb") as new:
        os.posix_fallocate(new.fileno(), 0, HALF)


def large():
    for number in range(3):
        file(os.path.join(STATE, str(number)))


def hidden():
    os.mkdir(os.path.join(STATE, "hidden"), 0)


def many():
    for number in range(100_001):
        open(os.path.join(STATE, str(number)), "x").close()


def deep():
    os.chdir(STATE)
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)


{"large": large, "hidden": hidden, "many": many, "deep": deep}[sys.argv[1]]()
for line in sys.stdin:
    pass
