"""Tries whatever a program must not do in the sandbox, and a few things that it may; prints what came of each."""

import ctypes
import errno
import json
import os
import resource
import socket
import stat
import subprocess
import sys
import threading

KEY, NODE, PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
STATE = os.environ["HOME"]
LIBC = ctypes.CDLL(None, use_errno=True)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path):
    with open(path, "w") as file:
        file.write("written")


def by_link(make):
    """Reads the key by a link of the program's own."""
    link = os.path.join(STATE, make.__name__)
    make(KEY, link)
    return read(link)


def call(name, *arguments):
    if getattr(LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def start():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return subprocess.run(["echo", "started"], check=True, capture_output=True)


REFUSED = {
    "read the key": lambda: read(KEY),
    "read the key by a symbolic link": lambda: by_link(os.symlink),
    "read the key by a hard link": lambda: by_link(os.link),
    "read the key by an inherited descriptor": lambda: os.read(7, 1),
    "let others read the key": lambda: os.chmod(KEY, 0o666),
    "change the key's times": lambda: os.utime(KEY),
    "remove the key": lambda: os.remove(KEY),
    "list the key's folder": lambda: os.listdir(os.path.dirname(KEY)),
    "write to its folder": lambda: write("written"),
    "write to the system's folder for files that do not stay": lambda: write("/tmp/gradual-written"),
    "write to a folder of the system": lambda: write("/usr/gradual-written"),
    "read the node's environment": lambda: read(f"/proc/{NODE}/environ"),
    "read the node's command": lambda: read(f"/proc/{NODE}/cmdline"),
    "read the node's memory": lambda: read(f"/proc/{NODE}/mem"),
    "make a device": lambda: os.mknod(os.path.join(STATE, "null"), stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    "connect by TCP": lambda: socket.create_connection(("127.0.0.1", PORT)),
    "send by UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "connect to a program of the machine": lambda: socket.socket(socket.AF_UNIX),
    "kill the node": lambda: os.kill(NODE, 9),
    "kill its parent": lambda: os.kill(os.getppid(), 9),
    "trace the node": lambda: call("ptrace", 16, NODE, 0, 0),
    "take the node's files": lambda: resource.prlimit(NODE, resource.RLIMIT_NOFILE, (0, 0)),
    "take the node's processor": lambda: os.setpriority(os.PRIO_PROCESS, NODE, 19),
    "leave its group": os.setsid,
    "raise its own limit": lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40)),
    "become root": lambda: os.setuid(0),
    "become root in a namespace": lambda: call("unshare", 0x10000000),
    "take memory that is no process's": lambda: os.memfd_create("memory"),
}
ALLOWED = {
    "read its folder": lambda: read("reach.py"),
    "write to its state": lambda: write(os.path.join(STATE, "own")),
    "start a thread and a process": start,
    "talk to its own processes": socket.socketpair,
    "draw random bytes": lambda: os.urandom(8),
    "write to nowhere": lambda: write("/dev/null"),
}


def tried(attempt):
    try:
        attempt()
        return "done"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except ValueError as error:
        return str(error)


print(json.dumps({"refused": {name: tried(one) for name, one in REFUSED.items()},
                  "allowed": {name: tried(one) for name, one in ALLOWED.items()},
                  "environment": sorted(os.environ)}))
