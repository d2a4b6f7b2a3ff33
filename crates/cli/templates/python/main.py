"""Answers a node's questions about the task: one JSON object a line, on standard input and output.

Only answers may be printed there. What is printed to standard error goes into the node's log.
"""

import base64
import json
import sys
from http.client import HTTPException

import task


def hello(**_):
    return {}


def work(node, cycle):
    return {"value": base64.b64encode(task.work(node, cycle)).decode()}


def audit(node, cycle, value, **_):
    try:
        return {"valid": task.audit(node, cycle, base64.b64decode(value))}
    except (OSError, HTTPException) as outage:  # An answer that breaks off is no OSError.
        return {"unknown": str(outage)}
    except Exception:  # A value at which the audit fails is one that cannot be read.
        return {"valid": False}


def distribution(bounty, submissions, verdicts, **_):
    # Amounts are texts: a bounty may be larger than JSON's numbers are exact.
    paid = task.distribution(int(bounty), submissions, verdicts)
    return {"list": [{"node": node, "amount": str(amount)} for node, amount in paid]}


QUESTIONS = {"hello": hello, "work": work, "audit": audit, "distribution": distribution}


def answer(line):
    question = json.loads(line)
    name = next((name for name in question if name != "id"), None)
    if name not in QUESTIONS:
        return {"error": "this question is not known"}
    try:
        return QUESTIONS[name](**question[name])
    except Exception as error:
        return {"error": str(error)}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)
