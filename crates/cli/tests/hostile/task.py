"""A task whose program answers as it should, and tries to harm the node first, at every question. Its work is the word
`confined` if all of that is refused."""

import base64
import json
import os
import socket
import sys

KEY = sys.argv[1]


def fails(attempt):
    try:
        attempt()
        return False
    except OSError:
        return True


def is_confined():
    attempts = [
        lambda: open(KEY),
        lambda: os.kill(os.getppid(), 9),
        lambda: socket.create_connection(("127.0.0.1", 80)),
        lambda: open("/tmp/gradual-written", "w"),
    ]
    return all([fails(attempt) for attempt in attempts])


for line in sys.stdin:
    question = json.loads(line)
    word = b"confined" if is_confined() else b"free"
    if "hello" in question:
        answer = {"equal_shares": True, "values": False}
        if question["hello"]["rpc"] is not None:
            raise SystemExit("the program was told of an RPC")
    elif "work" in question:
        answer = {"value": base64.b64encode(word).decode()}
    else:
        answer = {"valid": question["audit"]["value"] == base64.b64encode(b"confined").decode()}
    print(json.dumps(answer), flush=True)
