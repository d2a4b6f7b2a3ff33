"""The task's tests: python3 -m unittest"""

import base64
import json
import unittest
from http.client import HTTPException
from unittest import mock

import main
import task


class Task(unittest.TestCase):
    def test_honest_work_is_valid_for_its_node_and_cycle_only(self):
        proof = task.work("node", 3)
        self.assertIs(task.audit("node", 3, proof), True)
        self.assertIs(task.audit("another", 3, proof), False)
        self.assertIs(task.audit("node", 4, proof), False)

    def test_what_cannot_be_read_is_invalid(self):
        hostile = [b"", b"{ not JSON", b"null", b"\xff\xfe", b'{"nonce":-1}', b'{"nonce":"1"}', b'{"nonce":true}']
        hostile += [b'{"nonce":9007199254740993}', b"[" * 512, b"9" * 512]
        for value in hostile:
            self.assertIs(task.audit("node", 3, value), False, value)

    def test_a_list_divides_any_bounty_exactly(self):
        three = [{"node": "a"}, {"node": "b"}, {"node": "c"}]
        half = (2**64 - 1) // 2
        self.assertEqual(task.distribution(2**64 - 1, three, [True, False, True]), [("a", half), ("c", half)])
        self.assertEqual(task.distribution(1, three, [True, False, True]), [])
        self.assertEqual(task.distribution(1, [], []), [])


class Answers(unittest.TestCase):
    def ask(self, name, **question):
        return main.answer(json.dumps({"id": 1, name: question}))

    def test_every_question_is_answered(self):
        self.assertEqual(self.ask("hello", version=2), {})
        worked = self.ask("work", node="a", cycle=3)
        self.assertEqual(self.ask("audit", node="a", cycle=3, value=worked["value"], slot=9), {"valid": True})
        self.assertEqual(self.ask("audit", node="a", cycle=3, value="", slot=9), {"valid": False})
        submissions = [{"node": "a"}, {"node": "b"}]
        listed = self.ask("distribution", bounty=str(2**64 - 1), submissions=submissions, verdicts=[False, True])
        self.assertEqual(listed, {"list": [{"node": "b", "amount": str(2**64 - 1)}]})
        self.assertIn("error", self.ask("another"))

    def test_an_outage_is_no_verdict(self):
        value = base64.b64encode(b"a value").decode()
        for outage in [ConnectionError("no line"), HTTPException("no line")]:
            with mock.patch.object(task, "audit", side_effect=outage):
                self.assertEqual(self.ask("audit", node="a", cycle=3, value=value, slot=9), {"unknown": "no line"})
