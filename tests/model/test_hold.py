"""Holds on a contract, in journals made by hand."""

import copy
import unittest
from datetime import timedelta

from builder import CLIENT, EXPERT, OPERATOR, SECOND, Journal
from journal import Checker


def found(journal):
    checker = Checker()
    checker.read(copy.deepcopy(journal.lines))
    return checker.mismatches


def until(journal, days):
    return (journal.now + timedelta(days=days)).isoformat()


def hold(journal, days, who=OPERATOR, second=None):
    finding = {"facts": "Two names.", "rule": "terms, 7.3", "review_by": until(journal, days), "second": second}
    journal.add(who, {"command": "hold_contract", "reason": "report", "finding": finding})
    return journal


def keep(journal, days, who=OPERATOR, second=None):
    journal.add(who, {"command": "extend_contract_hold", "hold": "hld_1", "reason": "not yet",
                      "review_by": until(journal, days), "second": second})
    return journal


def complain(journal, who, name="hld_1"):
    journal.add(who, {"command": "appeal_contract_hold", "hold": name, "reason": "why"})
    return journal


def answer(journal, who, party, name="hld_1"):
    journal.add(who, {"command": "answer_contract_hold", "hold": name, "party": party, "reason": "so"})
    return journal


class Hold(unittest.TestCase):
    def names(self, journal, text):
        mismatches = found(journal)
        self.assertTrue(any(text in one for one in mismatches), mismatches)

    def test_held_kept_complained_about_answered_and_over(self):
        journal = keep(hold(Journal([10_000]).working(), 7).later(days=6), 7)
        answer(complain(complain(journal, CLIENT), EXPERT), SECOND, CLIENT)
        journal.later(days=7).timer("pause_ends", "con_1")
        answer(journal, SECOND, EXPERT)
        self.assertEqual(found(journal), [])

    def test_as_before_there_were_holds(self):
        journal = Journal([10_000]).working()
        journal.add(OPERATOR, {"command": "hold_contract", "reason": "report"})
        journal.later(days=20).add(OPERATOR, {"command": "resume"})
        self.assertEqual(found(journal), [])

    def test_too_long_at_a_time(self):
        self.names(hold(Journal([10_000]).working(), 8), "held until")
        self.names(keep(hold(Journal([10_000]).working(), 7), 0), "held until")

    def test_thirty_days_take_two(self):
        for second, wrong in ((None, True), (OPERATOR, True), (CLIENT, True), (SECOND, False)):
            journal = hold(Journal([10_000]).working(), 7)
            for _ in range(3):
                keep(journal.later(days=6), 7)
            journal.later(days=6).add(SECOND, {"command": "resume", "reason": "seen"})
            hold(journal.later(days=3), 7, second=second)
            self.assertEqual(bool(found(journal)), wrong, second)

    def test_ended_before_its_day(self):
        journal = hold(Journal([10_000]).working(), 7)
        journal.later(days=6).timer("pause_ends", "con_1")
        self.names(journal, "a hold ends only after")

    def test_lifted_without_a_word_or_by_a_party(self):
        journal = hold(Journal([10_000]).working(), 7)
        journal.add(OPERATOR, {"command": "resume"})
        self.names(journal, "is not said")
        journal.lines[-1]["command"]["reason"] = "seen"
        self.assertEqual(found(journal), [])
        journal.lines[-1]["actor"] = {"actor": "person", "id": CLIENT}
        self.names(journal, "a party ended what the operator had paused")

    def test_complaints(self):
        held = hold(Journal([10_000]).working(), 7)
        self.names(complain(complain(copy.deepcopy(held), CLIENT), CLIENT), "complained twice")
        self.names(answer(copy.deepcopy(held), SECOND, CLIENT), "nobody complained")
        self.names(answer(complain(copy.deepcopy(held), CLIENT), OPERATOR, CLIENT), "by who decided")
        self.names(complain(Journal([10_000]).working(), CLIENT), "no hold hld_1")


if __name__ == "__main__":
    unittest.main()
