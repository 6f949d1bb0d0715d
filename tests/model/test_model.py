"""Journals made by hand from the rules: the model must agree with the right ones and name what is wrong in others."""

import copy
import io
import json
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import model  # noqa: E402
from builder import APPROVED, CLIENT, EXPERT, OPERATOR, SECOND, Journal, back, money, paid  # noqa: E402
from journal import Checker  # noqa: E402

FUNDS = f"L:client_funds:{CLIENT}"


def checked(journal):
    checker = Checker()
    checker.read(copy.deepcopy(journal.lines))
    return checker


class Right(unittest.TestCase):
    """Journals that follow the rules."""

    def agree(self, journal, readings=()):
        checker = checked(journal)
        self.assertEqual(checker.mismatches, [])
        self.assertEqual(sorted(checker.readings), sorted(readings))
        return checker

    def test_approve(self):
        journal = Journal([10_000]).submitted()
        journal.on(CLIENT, "approve", "m1", APPROVED, ["T9 approve m1 submitted released"])
        checker = self.agree(journal)
        self.assertEqual(checker.books.owed_to("L:tax_payable:de", "USD"), 253)
        self.assertEqual(checker.books.owed_to("A:psp:sandbox", "USD"), -10_366)

    def test_three_thirds_take_the_fee_of_one(self):
        journal = Journal([10_000]).submitted()
        first = paid(3333, 333, 63, 110, 20)
        second = paid(3333, 333, 63, 111, 21)
        third = paid(3334, 334, 64, 112, 22)
        journal.on(CLIENT, "release", "m1", first, ["T11 release m1 submitted submitted"], amount=money(3333))
        journal.on(CLIENT, "release", "m1", second, ["T11 release m1 submitted submitted"], amount=money(3333))
        journal.on(CLIENT, "approve", "m1", third, ["T9 approve m1 submitted released"])
        checker = self.agree(journal)
        self.assertEqual(checker.books.owed_to("I:fee_client", "USD"), 333)
        self.assertEqual(checker.books.owed_to("I:fee_expert", "USD"), 1000)
        self.assertEqual(checker.books.owed_to("L:tax_payable:de", "USD"), 253)

    def test_refund_before_work(self):
        journal = Journal([10_000]).funded()
        journal.on(CLIENT, "cancel", "m1", back(10_396, "rfd_1", 10_000, 396), ["T5 cancel m1 funded refunded"])
        journal.add("psp", {"command": "refund_sent", "refund": "rfd_1"})
        journal.add("psp", {"command": "refund_succeeded", "refund": "rfd_1", "receipt": "rcp_r"},
                    ["Dr L:refund_transit:rfd_1 10396", "Cr A:psp:sandbox 10396 rcp_r"])
        self.agree(journal)
        journal.add("psp", {"command": "refund_failed", "refund": "rfd_1", "receipt": "rcp_f"},
                    ["Dr A:psp:sandbox 10396 rcp_f", f"Cr {FUNDS} 10396"])
        journal.add(CLIENT, {"command": "refund_funds", "payment": "pay_1", "amount": money(10_396)},
                    [f"Dr {FUNDS} 10396", "Cr L:refund_transit:rfd_2 10396"])
        self.agree(journal)

    def test_rest_after_a_part_was_given_back(self):
        journal = Journal([10_000]).submitted()
        journal.on(EXPERT, "give_back", "m1", back(3463, "rfd_1", 3333, 130), ["T13 give_back m1 submitted submitted"],
                   amount=money(3333))
        rest = ["Dr L:fee_hold:m1 2", f"Cr {FUNDS} 2"]
        journal.on(CLIENT, "approve", "m1", paid(6667, 666, 126, 222, 42) + rest, ["T9 approve m1 submitted released"])
        checker = self.agree(journal)
        self.assertEqual(checker.books.owed_to(FUNDS, "USD"), 2)

    def test_settlement(self):
        journal = Journal([10_000]).working()
        journal.on(EXPERT, "offer_settlement", "m1", to_expert=money(3333), to_client=money(6667))
        entry = paid(3333, 333, 63, 110, 20) + back(6933, "rfd_1", 6667, 266)
        journal.on(CLIENT, "accept_settlement", "m1", entry, ["T12 settle m1 working split"])
        self.agree(journal)

    def dispute(self):
        journal = Journal([10_000]).submitted()
        journal.on(CLIENT, "open_dispute", "m1",
                   paid(2000, 200, 38, 66, 12) + ["Dr L:escrow:m1 8000", "Cr L:dispute_hold:m1 8000"],
                   ["T16 open_dispute m1 submitted disputed"],
                   unconditional=money(2000), offer_to_expert=money(4000), reason="late")
        journal.later(days=1).on(EXPERT, "answer_dispute", "m1", back(1039, "rfd_1", 1000, 39, "dispute_hold"),
                                 ["T16a answer_dispute m1 disputed disputed"],
                                 unconditional=money(1000), offer_to_expert=money(8000))
        return journal

    def test_dispute(self):
        journal = self.dispute()
        journal.later(days=20).on(OPERATOR, "decide_dispute", "m1", to_expert=money(3000), to_client=money(4000),
                                  reasons="because " * 30, second=None)
        entry = paid(3000, 300, 57, 100, 19, "dispute_hold") + back(4160, "rfd_2", 4000, 160, "dispute_hold")
        journal.later(days=7).timer("dispute_phase", "dsp_1", entry, ["T17 decided m1 disputed split"])
        self.agree(journal)

    def test_dispute_decided_by_an_offer_needs_no_long_reasons(self):
        journal = self.dispute()
        # the client offered 4000 of 10000 and gave 2000 of it at once
        journal.on(OPERATOR, "decide_dispute", "m1", to_expert=money(2000), to_client=money(5000), reasons="short",
                   second=None)
        journal.on(EXPERT, "appeal_dispute", "m1", reason="no")
        # the expert asked 8000 of 10000; 2000 came, and 1000 of the 7000 left goes back
        journal.on(SECOND, "decide_dispute", "m1", to_expert=money(6000), to_client=money(1000), reasons="short",
                   second=None)
        # 8000 of 10000 in all: 266, 50, 800, 152; 2000 back in all: 66 and 12; 1 and 1 are left
        entry = paid(6000, 600, 114, 200, 38, "dispute_hold") + back(1041, "rfd_2", 1000, 41, "dispute_hold")
        journal.later(days=7).timer("dispute_phase", "dsp_1", entry, ["T17 decided m1 disputed split"])
        self.agree(journal)

    def test_figures_that_meet_close_the_dispute(self):
        journal = Journal([10_000]).submitted()
        journal.on(CLIENT, "open_dispute", "m1",
                   paid(2000, 200, 38, 66, 12) + ["Dr L:escrow:m1 8000", "Cr L:dispute_hold:m1 8000"],
                   ["T16 open_dispute m1 submitted disputed"],
                   unconditional=money(2000), offer_to_expert=money(4000), reason="late")
        # 333 - 66 and 63 - 12 are left and go back with the whole rest
        journal.on(EXPERT, "answer_dispute", "m1", back(8318, "rfd_1", 8000, 318, "dispute_hold"),
                   ["T16a answer_dispute m1 disputed split"],
                   unconditional=money(9000), offer_to_expert=money(2000))
        self.agree(journal)

    def test_dispute_fee_comes_off_the_top(self):
        journal = Journal([10_000], dispute_fee_minor=500).submitted()
        journal.on(OPERATOR, "open_dispute", "m1", ["Dr L:escrow:m1 10000", "Cr L:dispute_hold:m1 10000"],
                   ["T16 open_dispute m1 submitted disputed"],
                   unconditional=money(0), offer_to_expert=money(0), reason="silence")
        journal.on(OPERATOR, "decide_dispute", "m1", to_expert=money(9500), to_client=money(0),
                   reasons="x" * 200, second=None)
        # 9500 of 10000: 316, 59, 950, 180; 17 and 4 are left and go to the client
        entry = paid(9500, 950, 180, 316, 59, "dispute_hold") + [
            "Dr L:dispute_hold:m1 500", "Cr I:dispute_fee 500", "Dr L:fee_hold:m1 21", f"Cr {FUNDS} 21"]
        journal.later(days=8).timer("dispute_phase", "dsp_1", entry, ["T17 decided m1 disputed released"])
        self.agree(journal)

    def charged_back(self, liability, amount):
        journal = Journal([10_000], liability=liability).working()
        journal.on(CLIENT, "release", "m1", paid(4000, 400, 76, 133, 25), ["T11 release m1 working working"],
                   amount=money(4000))
        earned = journal.lines[-1]["entry"]["id"]
        journal.later(days=6).add("clock", {"command": "clear", "earning": earned}, [
            f"Dr L:expert_pending:{EXPERT} 3524", f"Cr L:expert_payable:{EXPERT} 3524"], chain=EXPERT)
        journal.add(EXPERT, {"command": "request_payout", "amount": money(524)}, [
            f"Dr L:expert_payable:{EXPERT} 524", "Cr L:payout_transit:pyt_1 524"], chain=EXPERT)
        journal.add("psp", {"command": "payout_paid", "payout": "pyt_1", "receipt": "rcp_p"}, [
            "Dr L:payout_transit:pyt_1 524", "Cr A:psp:sandbox 524 rcp_p"], chain=EXPERT)
        journal.add("psp", {"command": "chargeback_opened", "payment": "pay_1", "reference": "cb", "fee": money(15),
                            "amount": money(amount), "evidence_by": "2026-05-01T00:00:00Z"},
                    [f"Dr A:chargeback:cbk_1 {amount}", f"Cr A:psp:sandbox {amount} cb",
                     "Dr E:chargeback_fees 15", "Cr A:psp:sandbox 15"],
                    ["T22 chargeback_opened m1 working chargeback_hold"])
        return journal

    def lost(self, journal, amount, entry, to, payable=3000):
        journal.add("psp", {"command": "chargeback_lost", "reference": "cb"},
                    [*entry, f"Cr A:chargeback:cbk_1 {amount}"], [f"T23 chargeback_lost m1 chargeback_hold {to}"],
                    facts={"expert_payable_minor": payable})

    def test_chargeback_on_the_operator(self):
        journal = self.charged_back("operator", 10_396)
        self.lost(journal, 10_396, ["Dr L:fee_hold:m1 238", "Dr L:escrow:m1 6000", "Dr E:chargeback_loss 4158"],
                  "charged_back")
        self.agree(journal)

    def test_chargeback_on_the_expert(self):
        journal = self.charged_back("expert", 10_396)
        self.lost(journal, 10_396, [
            "Dr L:fee_hold:m1 238", "Dr L:escrow:m1 6000", f"Dr L:expert_payable:{EXPERT} 3000",
            f"Dr A:receivable:{EXPERT} 524", "Dr I:fee_expert 400", "Dr I:fee_client 133",
            "Dr E:chargeback_loss 101"], "charged_back")
        self.agree(journal)

    def test_what_the_expert_owes_is_netted_from_the_next_payout(self):
        journal = self.charged_back("expert", 10_396)
        self.lost(journal, 10_396, [
            "Dr L:fee_hold:m1 238", "Dr L:escrow:m1 6000", f"Dr L:expert_payable:{EXPERT} 3000",
            f"Dr A:receivable:{EXPERT} 524", "Dr I:fee_expert 400", "Dr I:fee_client 133",
            "Dr E:chargeback_loss 101"], "charged_back")
        journal.add("psp", {"command": "payout_returned", "payout": "pyt_1", "receipt": "rcp_b"}, [
            "Dr A:psp:sandbox 524 rcp_b", f"Cr L:expert_payable:{EXPERT} 524"], chain=EXPERT)
        journal.add(EXPERT, {"command": "request_payout"}, [
            f"Dr L:expert_payable:{EXPERT} 524", f"Cr A:receivable:{EXPERT} 524"], chain=EXPERT)
        checker = self.agree(journal)
        self.assertEqual(checker.books.owed_to(f"A:receivable:{EXPERT}", "USD"), 0)

    def test_part_lost(self):
        journal = self.charged_back("operator", 1000)
        self.lost(journal, 1000, ["Dr L:fee_hold:m1 238", "Dr L:escrow:m1 762", "Dr L:escrow:m1 5238",
                                  "Cr L:dispute_hold:m1 5238"], "disputed")
        self.agree(journal)

    def test_chargeback_won(self):
        journal = self.charged_back("operator", 1000)
        journal.add("psp", {"command": "chargeback_won", "reference": "cb", "receipt": "rcp_w"},
                    ["Dr A:psp:sandbox 1000 rcp_w", "Cr A:chargeback:cbk_1 1000"],
                    ["T23 chargeback_won m1 chargeback_hold working"])
        self.agree(journal)

    def test_stopped_refund_meets_the_loss_first(self):
        journal = Journal([10_000]).funded()
        journal.on(EXPERT, "give_back", "m1", back(1039, "rfd_1", 1000, 39), ["T13 give_back m1 funded funded"],
                   amount=money(1000))
        journal.add("psp", {"command": "chargeback_opened", "payment": "pay_1", "reference": "cb", "fee": money(0),
                            "amount": money(1100), "evidence_by": "2026-05-01T00:00:00Z"},
                    ["Dr A:chargeback:cbk_1 1100", "Cr A:psp:sandbox 1100 cb"],
                    ["T22 chargeback_opened m1 funded chargeback_hold"])
        self.lost(journal, 1100, ["Dr L:refund_transit:rfd_1 1039", f"Cr {FUNDS} 1039", f"Dr {FUNDS} 1039",
                                  "Dr L:fee_hold:m1 61", "Dr L:escrow:m1 9000", "Cr L:dispute_hold:m1 9000"],
                  "disputed")
        self.agree(journal)

    def test_what_a_loss_leaves_of_a_stopped_refund_goes_back(self):
        journal = Journal([10_000]).funded()
        journal.on(EXPERT, "give_back", "m1", back(1039, "rfd_1", 1000, 39), ["T13 give_back m1 funded funded"],
                   amount=money(1000))
        journal.add("psp", {"command": "chargeback_opened", "payment": "pay_1", "reference": "cb", "fee": money(0),
                            "amount": money(10), "evidence_by": "2026-05-01T00:00:00Z"},
                    ["Dr A:chargeback:cbk_1 10", "Cr A:psp:sandbox 10 cb"],
                    ["T22 chargeback_opened m1 funded chargeback_hold"])
        self.lost(journal, 10, ["Dr L:refund_transit:rfd_1 1039", f"Cr {FUNDS} 1039", f"Dr {FUNDS} 10",
                                f"Dr {FUNDS} 1029", "Cr L:refund_transit:rfd_2 1029"], "funded")
        journal.add("psp", {"command": "refund_succeeded", "refund": "rfd_2", "receipt": "rcp_r"},
                    ["Dr L:refund_transit:rfd_2 1029", "Cr A:psp:sandbox 1029 rcp_r"])
        self.agree(journal)

    def test_what_went_back_twice_is_owed_by_the_client(self):
        journal = Journal([10_000]).funded()
        journal.on(CLIENT, "cancel", "m1", back(10_396, "rfd_1", 10_000, 396), ["T5 cancel m1 funded refunded"])
        journal.add("psp", {"command": "refund_succeeded", "refund": "rfd_1", "receipt": "rcp_r"},
                    ["Dr L:refund_transit:rfd_1 10396", "Cr A:psp:sandbox 10396 rcp_r"])
        journal.add("psp", {"command": "chargeback_opened", "payment": "pay_1", "reference": "cb", "fee": money(0),
                            "amount": money(10_396), "evidence_by": "2026-05-01T00:00:00Z"},
                    ["Dr A:chargeback:cbk_1 10396", "Cr A:psp:sandbox 10396 cb"])
        journal.add("psp", {"command": "chargeback_lost", "reference": "cb"},
                    [f"Dr A:receivable:{CLIENT} 10396", "Cr A:chargeback:cbk_1 10396"])
        self.agree(journal)

    def two(self):
        return Journal([10_000, 5000]).working().submitted("m2", price=5000, fees=197, payment="pay_2")

    def amended(self, journal, change, entry=(), moved=()):
        journal.add(CLIENT, {"command": "propose_amendment", "change": change})
        journal.add(EXPERT, {"command": "accept_amendment"}, entry, moved)

    def test_move_money(self):
        journal = self.two()
        change = {"change": "move_money", "from": "m1", "to": "m2", "amount": money(2500)}
        self.amended(journal, change, ["Dr L:escrow:m1 2500", "Dr L:fee_hold:m1 98", "Cr L:escrow:m2 2500",
                                       "Cr L:fee_hold:m2 98"], ["T20 move_money m1 working working"])
        # 5000: 500, 95, 166, 31; and 2500 with the shares 250, 47, 83, 15
        journal.on(CLIENT, "approve", "m2", paid(7500, 750, 142, 249, 46, milestone="m2"),
                   ["T9 approve m2 submitted released"])
        journal.submit("m1")
        # what stayed: 7500 with 750, 143, 250, 48
        journal.on(CLIENT, "approve", "m1", paid(7500, 750, 143, 250, 48), ["T9 approve m1 submitted released"])
        self.agree(journal)

    def test_a_loss_spares_what_is_in_dispute(self):
        journal = self.two()
        change = {"change": "move_money", "from": "m1", "to": "m2", "amount": money(2500)}
        self.amended(journal, change, ["Dr L:escrow:m1 2500", "Dr L:fee_hold:m1 98", "Cr L:escrow:m2 2500",
                                       "Cr L:fee_hold:m2 98"], ["T20 move_money m1 working working"])
        journal.on(OPERATOR, "open_dispute", "m2", ["Dr L:escrow:m2 7500", "Cr L:dispute_hold:m2 7500"],
                   ["T16 open_dispute m2 submitted disputed"],
                   unconditional=money(0), offer_to_expert=money(0), reason="silence")
        journal.add("psp", {"command": "chargeback_opened", "payment": "pay_1", "reference": "cb", "fee": money(0),
                            "amount": money(1396), "evidence_by": "2026-05-01T00:00:00Z"},
                    ["Dr A:chargeback:cbk_1 1396", "Cr A:psp:sandbox 1396 cb"],
                    ["T22 chargeback_opened m1 working chargeback_hold",
                     "T22 chargeback_opened m2 disputed chargeback_hold"])
        # the fees of the payment, 298 and 98, then 1000 of the price that is in no dispute
        journal.add("psp", {"command": "chargeback_lost", "reference": "cb"},
                    ["Cr A:chargeback:cbk_1 1396", "Dr L:fee_hold:m1 298", "Dr L:fee_hold:m2 98", "Dr L:escrow:m1 1000",
                     "Dr L:escrow:m1 6500", "Cr L:dispute_hold:m1 6500"],
                    ["T23 chargeback_lost m1 chargeback_hold disputed",
                     "T23 chargeback_lost m2 chargeback_hold disputed"])
        self.agree(journal)

    def test_all_moved_cancels(self):
        journal = self.two()
        change = {"change": "move_money", "from": "m1", "to": "m2", "amount": money(10_000)}
        self.amended(journal, change, ["Dr L:escrow:m1 10000", "Dr L:fee_hold:m1 396", "Cr L:escrow:m2 10000",
                                       "Cr L:fee_hold:m2 396"], ["T20 move_money m1 working canceled"])
        self.agree(journal)

    def raised(self):
        journal = Journal([10_000, 5000]).working()
        self.amended(journal, {"change": "raise_price", "milestone": "m1", "amount": money(2000)})
        journal.on(CLIENT, "fund", "m1", provider="sandbox", method="card")
        journal.captured("pay_2", 2078, 0, [
            "Dr A:psp:sandbox 2078 rcp_pay_2", f"Cr {FUNDS} 2078", f"Dr {FUNDS} 2078", "Cr L:escrow:m1 2000",
            "Cr L:fee_hold:m1 78"], ["T18 raise_price m1 working working"])
        return journal

    def test_raise(self):
        journal = self.raised()
        journal.submit()
        # 10000: 1000, 190, 333, 63; 2000: 200, 38, 66, 12
        journal.on(CLIENT, "approve", "m1", paid(12_000, 1200, 228, 399, 75), ["T9 approve m1 submitted released"])
        self.agree(journal)

    def test_raises_that_nobody_has_paid_count_towards_a_million(self):
        for second, wrong in ((49_990_000, False), (50_020_000, True)):
            journal = Journal([10_000, 5000]).working()
            for amount in (50_000_000, second):
                change = {"change": "raise_price", "milestone": "m1", "amount": money(amount)}
                self.amended(journal, change)
            found = checked(journal).mismatches
            self.assertEqual(any("at most 100000000" in str(one) for one in found), wrong, found)

    def test_lower_takes_the_newest_lot_first(self):
        journal = self.raised()
        # the lot of 2000 with 78; and 500 of the old one with 16 and 3
        entry = back(2078, "rfd_1", 2000, 78) + back(519, "rfd_2", 500, 19)
        self.amended(journal, {"change": "lower_price", "milestone": "m1", "amount": money(2500)}, entry,
                     ["T19 lower_price m1 working working"])
        self.agree(journal)

    def moved_from_two_lots(self, fee, tax):
        """Both lots of m1 would give 78 of fees with 2000; what 3000 earns later tells which one gave."""
        journal = self.raised()
        journal.working("m2", price=5000, fees=197, payment="pay_3")
        change = {"change": "move_money", "from": "m1", "to": "m2", "amount": money(2000)}
        self.amended(journal, change, ["Dr L:escrow:m1 2000", "Dr L:fee_hold:m1 78", "Cr L:escrow:m2 2000",
                                       "Cr L:fee_hold:m2 78"], ["T20 move_money m1 working working"])
        journal.on(CLIENT, "release", "m1", paid(3000, 300, 57, fee, tax), ["T11 release m1 working working"],
                   amount=money(3000))
        return journal

    def test_an_open_reading_is_settled_by_what_follows(self):
        self.agree(self.moved_from_two_lots(99, 18))
        self.agree(self.moved_from_two_lots(100, 19))
        found = checked(self.moved_from_two_lots(100, 18)).mismatches
        self.assertTrue(any("expected" in line for line in found), found)

    def test_short_payment_stays_the_clients(self):
        journal = Journal([10_000])
        journal.on(CLIENT, "fund", "m1", moved=["T1 fund m1 planned funding"], provider="acme", method="bank_transfer")
        journal.captured("pay_1", 10_000, 0, ["Dr A:bank:acme 10000 rcp_pay_1", f"Cr {FUNDS} 10000"])
        journal.captured("pay_1", 396, 0, [
            "Dr A:bank:acme 396 rcp_pay_1", f"Cr {FUNDS} 396", f"Dr {FUNDS} 10396", "Cr L:escrow:m1 10000",
            "Cr L:fee_hold:m1 396"], ["T3 captured m1 funding funded"])
        self.agree(journal)

    def test_late_payment_funds(self):
        journal = Journal([10_000])
        journal.on(CLIENT, "fund", "m1", moved=["T1 fund m1 planned funding"], provider="sandbox", method="card")
        journal.later(minutes=15).timer("payment_expires", "pay_1", moved=["T2 expired m1 funding planned"])
        journal.captured("pay_1", 10_396, 0, [
            "Dr A:psp:sandbox 10396 rcp_pay_1", f"Cr {FUNDS} 10396", f"Dr {FUNDS} 10396", "Cr L:escrow:m1 10000",
            "Cr L:fee_hold:m1 396"], ["T3 captured m1 planned funded"])
        self.agree(journal)

    def test_silence_of_the_client(self):
        journal = Journal([10_000]).submitted()
        journal.later(days=1).on(CLIENT, "extend_inspection", "m1",
                                 moved=["T8 extend_inspection m1 submitted submitted"], days=3, reason="busy")
        journal.later(days=9).timer("inspection_ends", "m1", APPROVED, ["T10 auto_approved m1 submitted released"])
        self.agree(journal)

    def test_silence_of_the_expert(self):
        journal = Journal([10_000]).working()
        journal.later(days=60).timer("overdue", "m1", moved=["T14 overdue m1 working working"])
        journal.later(days=7).timer("returns", "m1", back(10_396, "rfd_1", 10_000, 396),
                                    ["T15 undelivered m1 working refunded"])
        self.agree(journal)

    def test_work_that_never_began(self):
        journal = Journal([10_000]).funded()
        journal.later(days=14).timer("lapses", "m1", back(10_396, "rfd_1", 10_000, 396),
                                     ["T5 lapsed m1 funded refunded"])
        self.agree(journal)

    def test_move_to_bank(self):
        journal = Journal([10_000]).working()
        journal.to_bank(10_396, 10_396)
        self.agree(journal)

    def test_release_while_the_money_was_on_its_way_to_the_bank(self):
        journal = Journal([10_000]).submitted()
        journal.on(CLIENT, "release", "m1", paid(3333, 333, 63, 110, 20), ["T11 release m1 submitted submitted"],
                   amount=money(3333))
        journal.to_bank(10_396, 10_396)
        self.agree(journal)

    def test_transfer_without_a_reference_that_somebody_knew(self):
        self.agree(self.assigned())
        journal = self.assigned()
        journal.lines[-1]["command"]["payment"] = "pay_other"
        found = checked(journal).mismatches
        self.assertTrue(any("assigned to pay_other" in line for line in found), found)
        journal = self.assigned()
        del journal.lines[-1]
        found = checked(journal).mismatches
        self.assertTrue(any("is open" in line for line in found), found)

    def explained(self, second=SECOND):
        journal = Journal([10_000])
        journal.add(OPERATOR, {"command": "explain_left", "bank": "bank", "external_id": "b4", "amount": money(900),
                               "why": "The rent.", "second": second},
                    ["Dr E:goodwill 900", "Cr A:bank:bank 900 b4"], chain="bank:bank")
        return journal

    def test_one_operator_alone_explains_and_assigns_nothing_much(self):
        self.assertTrue(checked(self.explained(OPERATOR)).mismatches)
        self.assertTrue(checked(self.explained(None)).mismatches)
        for alone, agrees in ((10_396, True), (10_395, False)):
            journal = self.assigned()
            line = journal.lines[-2]
            line["facts"]["alone_up_to_minor"] = alone
            self.assertEqual(not checked(journal).mismatches, agrees)
            line["command"]["second"] = SECOND
            self.assertEqual(checked(journal).mismatches, [])

    def assigned(self, journal=None):
        journal = journal or Journal([10_000])
        journal.on(CLIENT, "fund", "m1", moved=["T1 fund m1 planned funding"], provider="bank", method="bank_transfer")
        line = journal.add("bank", {"command": "receive_unmatched", "bank": "bank", "external_id": "b1",
                                    "amount": money(10_396)},
                           ["Dr A:bank:bank 10396 b1", "Cr L:unmatched_receipts 10396"], chain="bank:bank")
        journal.add(OPERATOR, {"command": "assign_receipt", "payment": "pay_1", "bank": "bank",
                               "amount": money(10_396), "receipt": "b1"},
                    ["Dr L:unmatched_receipts 10396", f"Cr {FUNDS} 10396", f"Dr {FUNDS} 10396",
                     "Cr L:escrow:m1 10000", "Cr L:fee_hold:m1 396"], ["T3 captured m1 funding funded"])
        journal.add(OPERATOR, {"command": "assign_unmatched", "receipt": line["event"], "payment": "pay_1"},
                    chain="bank:bank")
        return journal

    def test_receipt_that_goes_back(self):
        journal = Journal([10_000]).working()
        line = journal.add("bank", {"command": "receive_unmatched", "bank": "bank", "external_id": "b1",
                                    "amount": money(700)},
                           ["Dr A:bank:bank 700 b1", "Cr L:unmatched_receipts 700"], chain="bank:bank")
        about = {"receipt": line["event"]}
        journal.add(OPERATOR, {"command": "ask_return", **about}, chain="bank:bank")
        journal.add("bank", {"command": "return_unmatched", "external_id": "b2", **about},
                    ["Dr L:unmatched_receipts 700", "Cr A:bank:bank 700 b2"], chain="bank:bank")
        self.agree(journal)

    def test_what_left_is_a_cost_that_two_explain(self):
        self.agree(self.explained())

    def test_a_transfer_clears_by_its_own_days(self):
        for days, early in ((0, False), (5, True)):
            journal = Journal([10_000], bank_clearance_days=days)
            self.assigned(journal)
            journal.on(EXPERT, "start", "m1", moved=["T4 start m1 funded working"])
            journal.submit()
            journal.on(CLIENT, "approve", "m1", APPROVED, ["T9 approve m1 submitted released"])
            journal.add("clock", {"command": "clear", "earning": "ear_1", "amount": money(8810),
                                  "clears_at": journal.now.isoformat()},
                        [f"Dr L:expert_pending:{EXPERT} 8810", f"Cr L:expert_payable:{EXPERT} 8810"], chain=EXPERT)
            self.assertEqual(bool(checked(journal).mismatches), early, checked(journal).mismatches)

    def test_second_reading_is_named(self):
        journal = Journal([10_000]).working()
        journal.on(EXPERT, "give_back", "m1", back(3463, "rfd_1", 3333, 130), ["T13 give_back m1 working working"],
                   amount=money(3333))
        journal.on(EXPERT, "offer_settlement", "m1", to_expert=money(6667), to_client=money(0))
        rest = ["Dr L:fee_hold:m1 2", f"Cr {FUNDS} 2"]
        journal.on(CLIENT, "accept_settlement", "m1", paid(6667, 666, 126, 222, 42) + rest,
                   ["T12 settle m1 working released"])
        self.agree(journal, ["end of a milestone: released"])


class Wrong(unittest.TestCase):
    """One journal for each kind of mistake."""

    def approved(self):
        journal = Journal([10_000]).submitted()
        journal.on(CLIENT, "approve", "m1", APPROVED, ["T9 approve m1 submitted released"])
        return journal

    def names(self, journal, *texts):
        found = checked(journal).mismatches
        for text in texts:
            self.assertTrue(any(text in line for line in found), f"{text!r} not in {found}")

    def post(self, journal, on, **change):
        """Changes the first line on an account in the last entry."""
        for row in journal.lines[-1]["entry"]["lines"]:
            if row["account"] == on:
                row.update(change)
                return
        self.fail(f"no line on {on}")

    def test_a_transfer_of_another_sum(self):
        journal = Journal([10_000]).working().to_bank(10_397, 10_396)
        self.names(journal, "the receipt brought 10397, 10396 is held and 0 was released")

    def test_a_transfer_without_the_providers_name(self):
        journal = Journal([10_000]).working().to_bank(10_396, 10_396)
        for row in journal.lines[-2]["entry"]["lines"]:
            row["external_id"] = None
        self.names(journal, "no line on A:psp:sandbox with external id txn_9")

    def test_a_receipt_that_is_still_open_or_never_came(self):
        journal = Journal([10_000]).working().to_bank(10_396, 10_396)
        journal.lines.pop()
        self.names(journal, "which brought 10396 and is open")
        journal.lines[-1]["command"]["receipt"] = "evt_other"
        self.names(journal, "no receipt evt_other came into bank:bank")

    def test_a_cent_off(self):
        journal = self.approved()
        self.post(journal, "I:fee_expert", amount_minor=999)
        self.post(journal, f"L:expert_pending:{EXPERT}", amount_minor=8811)
        self.names(journal, "credit I:fee_expert: expected 1000, found 999",
                   f"credit L:expert_pending:{EXPERT}: expected 8810, found 8811")

    def test_unbalanced(self):
        journal = self.approved()
        self.post(journal, "I:fee_client", amount_minor=332)
        self.names(journal, "unbalanced: debits less credits are 1 USD", "trial balance: 1 USD instead of 0")

    def test_wrong_account(self):
        journal = self.approved()
        self.post(journal, "I:fee_client", account="I:fee_expert")
        self.names(journal, "credit I:fee_client: expected 333, found 0",
                   "credit I:fee_expert: expected 1000, found 1333")

    def test_fee_not_earned(self):
        journal = self.approved()
        lines = journal.lines[-1]["entry"]["lines"]
        journal.lines[-1]["entry"]["lines"] = lines[:4]
        self.names(journal, "debit L:fee_hold:m1: expected 396, found 0", "L:fee_hold:m1 has 396 USD, the lots say 0")

    def test_state_not_allowed(self):
        journal = Journal([10_000]).working()
        journal.on(CLIENT, "approve", "m1", APPROVED, ["T9 approve m1 submitted released"])
        self.names(journal, "approve while working", "T9 approve moved m1 from submitted to released")

    def test_actor_not_allowed(self):
        journal = Journal([10_000]).submitted()
        journal.on(EXPERT, "approve", "m1", APPROVED, ["T9 approve m1 submitted released"])
        self.names(journal, "not allowed to expert")

    def test_wrong_end(self):
        journal = self.approved()
        journal.lines[-1]["moved"][0]["to"] = "split"
        self.names(journal, "expected T9 approve of m1 from submitted to released, nothing moved")

    def test_booked_twice(self):
        journal = self.approved()
        journal.lines[-1]["entry"]["lines"] *= 2
        self.names(journal, "debit L:escrow:m1: expected 10000, found 20000", "L:escrow:m1 is -10000 USD, below zero")

    def test_nothing_booked(self):
        journal = self.approved()
        journal.lines[-1]["entry"] = None
        self.names(journal, "debit L:escrow:m1: expected 10000, found 0", "L:escrow:m1 has 10000 USD, the lots say 0")

    def test_something_booked_where_nothing_moves(self):
        journal = Journal([10_000]).working()
        journal.submit()["entry"] = {"id": "ent_x", "kind": "submit", "lines": copy.deepcopy(
            self.approved().lines[-1]["entry"]["lines"])}
        self.names(journal, "debit L:escrow:m1: expected 0, found 10000")

    def test_released_more_than_held(self):
        journal = Journal([10_000]).working()
        journal.on(CLIENT, "release", "m1", paid(11_000, 1000, 190, 333, 63), ["T11 release m1 working working"],
                   amount=money(11_000))
        self.names(journal, "release of 11000 of 10000")

    def test_too_early(self):
        journal = Journal([10_000]).submitted()
        journal.later(days=6).timer("inspection_ends", "m1", APPROVED, ["T10 auto_approved m1 submitted released"])
        self.names(journal, "auto-approval only after")

    def test_at_the_very_instant(self):
        journal = Journal([10_000]).submitted()
        journal.later(days=7, minutes=-1)
        journal.timer("inspection_ends", "m1", APPROVED, ["T10 auto_approved m1 submitted released"])
        self.names(journal, "auto-approval only after")

    def test_too_early_after_an_extension(self):
        journal = Journal([10_000]).submitted()
        journal.on(CLIENT, "extend_inspection", "m1", moved=["T8 extend_inspection m1 submitted submitted"],
                   days=3, reason="busy")
        journal.later(days=9).timer("inspection_ends", "m1", APPROVED, ["T10 auto_approved m1 submitted released"])
        self.names(journal, "auto-approval only after")

    def test_returned_too_early(self):
        journal = Journal([10_000]).working()
        journal.later(days=60).timer("overdue", "m1", moved=["T14 overdue m1 working working"])
        journal.later(days=6).timer("returns", "m1", back(10_396, "rfd_1", 10_000, 396),
                                    ["T15 undelivered m1 working refunded"])
        self.names(journal, "return for non-delivery only after")

    def test_auto_approval_in_an_absence(self):
        journal = Journal([10_000]).submitted()
        journal.add(CLIENT, {"command": "register_absence", "from": "2026-03-05T00:00:00Z",
                             "until": "2026-03-15T00:00:00Z"})
        journal.later(days=8).timer("inspection_ends", "m1", APPROVED, ["T10 auto_approved m1 submitted released"])
        self.names(journal, "in the client's registered absence")

    def test_decision_before_it_is_final(self):
        journal = Right().dispute()
        journal.on(OPERATOR, "decide_dispute", "m1", to_expert=money(3000), to_client=money(4000),
                   reasons="because " * 30, second=None)
        entry = paid(3000, 300, 57, 100, 19, "dispute_hold") + back(4160, "rfd_2", 4000, 160, "dispute_hold")
        journal.later(days=6).timer("dispute_phase", "dsp_1", entry, ["T17 decided m1 disputed split"])
        self.names(journal, "decision final only after")

    def test_refund_without_its_fee(self):
        journal = Journal([10_000]).funded()
        journal.on(CLIENT, "cancel", "m1", [
            "Dr L:escrow:m1 10000", f"Cr {FUNDS} 10000", f"Dr {FUNDS} 10000", "Cr L:refund_transit:rfd_1 10000",
        ], ["T5 cancel m1 funded refunded"])
        self.names(journal, "debit L:fee_hold:m1: expected 396, found 0",
                   "credit L:refund_transit:rfd_1: expected 10396, found 10000")

    def test_rounding_rest_kept(self):
        journal = Journal([10_000]).submitted()
        journal.on(EXPERT, "give_back", "m1", back(3463, "rfd_1", 3333, 130), ["T13 give_back m1 submitted submitted"],
                   amount=money(3333))
        journal.on(CLIENT, "approve", "m1", paid(6667, 666, 126, 222, 42), ["T9 approve m1 submitted released"])
        self.names(journal, f"credit {FUNDS}: expected 2, found 0")

    def test_loss_on_the_wrong_party(self):
        journal = Right().charged_back("expert", 10_396)
        Right().lost(journal, 10_396, ["Dr L:fee_hold:m1 238", "Dr L:escrow:m1 6000", "Dr E:chargeback_loss 4158"],
                     "charged_back")
        self.names(journal, "debit E:chargeback_loss: expected 101, found 4158",
                   f"debit L:expert_payable:{EXPERT}: expected 3000, found 0")

    def test_cleared_too_early(self):
        journal = self.approved()
        journal.later(days=4).add("clock", {"command": "clear"}, [
            f"Dr L:expert_pending:{EXPERT} 8810", f"Cr L:expert_payable:{EXPERT} 8810"], chain=EXPERT)
        self.names(journal, "cleared before")

    def cleared(self):
        """8810 are payable."""
        journal = self.approved()
        journal.later(days=6).add("clock", {"command": "clear"}, [
            f"Dr L:expert_pending:{EXPERT} 8810", f"Cr L:expert_payable:{EXPERT} 8810"], chain=EXPERT)
        return journal

    def test_payout_of_more_than_can_be_moved(self):
        for amount, agrees in ((2500, "yes"), (2550, "no"), (3000, "no")):
            journal = self.cleared()
            journal.add(EXPERT, {"command": "request_payout", "amount": money(3000)}, [
                f"Dr L:expert_payable:{EXPERT} {amount}", f"Cr L:payout_transit:pyt_1 {amount}"], chain=EXPERT,
                facts={"movable_minor": 2599, "unit_minor": 100})
            self.assertEqual(checked(journal).mismatches == [], agrees == "yes", amount)

    def test_payout_reduced_to_what_can_be_moved(self):
        for rest, agrees in ((1000, "yes"), (999, "no")):
            journal = self.cleared()
            journal.add(EXPERT, {"command": "request_payout", "amount": money(3000)}, [
                f"Dr L:expert_payable:{EXPERT} 3000", "Cr L:payout_transit:pyt_1 3000"], chain=EXPERT)
            journal.add("psp", {"command": "payout_reduced", "payout": "pyt_1", "amount": money(2000)}, [
                f"Dr L:payout_transit:pyt_1 {rest}", f"Cr L:expert_payable:{EXPERT} {rest}"], chain=EXPERT)
            journal.add("psp", {"command": "payout_paid", "payout": "pyt_1", "receipt": "rcp_p"}, [
                "Dr L:payout_transit:pyt_1 2000", "Cr A:psp:sandbox 2000 rcp_p"], chain=EXPERT)
            self.assertEqual(checked(journal).mismatches == [], agrees == "yes", rest)

    def test_what_comes_back_before_it_has_left(self):
        journal = self.cleared()
        journal.add(EXPERT, {"command": "request_payout", "amount": money(3000)}, [
            f"Dr L:expert_payable:{EXPERT} 3000", "Cr L:payout_transit:pyt_1 3000"], chain=EXPERT)
        journal.add("psp", {"command": "payout_returned", "payout": "pyt_1", "receipt": "rcp_b"}, [
            "Dr L:payout_transit:pyt_1 3000", f"Cr L:expert_payable:{EXPERT} 3000"], chain=EXPERT)
        self.names(journal, "payout returned, was requested")
        journal = Journal([10_000]).funded()
        journal.on(CLIENT, "cancel", "m1", back(10_396, "rfd_1", 10_000, 396), ["T5 cancel m1 funded refunded"])
        journal.add("psp", {"command": "refund_failed", "refund": "rfd_1", "receipt": "rcp_f"},
                    ["Dr L:refund_transit:rfd_1 10396", f"Cr {FUNDS} 10396"])
        self.names(journal, "a refund came back, was requested")

    def test_somebody_on_hold_begins_something_new(self):
        journal = Journal([10_000, 5_000])
        journal.on(CLIENT, "fund", "m1", moved=["T1 fund m1 planned funding"], provider="sandbox", method="card")
        journal.lines[-1]["facts"]["client_on_hold"] = True
        self.names(journal, "the client may begin nothing new")
        running = Journal([10_000, 5_000]).funded()
        running.on(CLIENT, "fund", "m2", moved=["T1 fund m2 planned funding"], provider="sandbox", method="card")
        running.lines[-1]["facts"]["client_on_hold"] = True
        self.assertEqual(checked(running).mismatches, [])
        signed = Journal([10_000])
        signed.lines[-1]["facts"]["expert_on_hold"] = True
        self.names(signed, "signed by somebody who may begin nothing new")

    def test_a_client_whose_account_is_closed_signs(self):
        signed = Journal([10_000])
        for facts in (line["facts"] for line in signed.lines):
            facts["client_limit_minor"] = 0
        found = checked(signed).mismatches
        self.assertEqual(len(found), 1, found)  # the expert's signature is another matter
        self.assertIn("signed by a client whose account is closed", found[0])

    def test_an_offer_of_what_was_due_before(self):
        for due_on, wrong in (("2026-03-01", True), ("2026-03-02", False)):
            journal = Journal([10_000])
            for _, plan in journal.lines[0]["command"]["offer"]["milestones"]:
                plan["due_on"] = due_on
            found = checked(journal).mismatches
            self.assertEqual(any("was due before" in one for one in found), wrong, found)

    def test_payout_of_more_than_payable(self):
        journal = self.approved()
        journal.add(EXPERT, {"command": "request_payout", "amount": money(100)}, [
            f"Dr L:expert_payable:{EXPERT} 100", "Cr L:payout_transit:pyt_1 100"], chain=EXPERT)
        self.names(journal, "payout of 100, payable 0", f"L:expert_payable:{EXPERT} is -100 USD, below zero")

    def test_receipt_missing(self):
        journal = Journal([10_000]).funded()
        self.post(journal, "A:psp:sandbox", external_id=None)
        self.names(journal, "no line on A:psp:sandbox with external id rcp_pay_1")

    def test_refund_that_had_left_before_its_payment_was_charged_back(self):
        journal = Journal([10_000]).funded()
        journal.on(CLIENT, "cancel", "m1", back(10_396, "rfd_1", 10_000, 396), ["T5 cancel m1 funded refunded"])
        journal.add("psp", {"command": "chargeback_opened", "payment": "pay_1", "reference": "cb", "fee": money(0),
                            "amount": money(10_396), "evidence_by": "2026-05-01T00:00:00Z"},
                    ["Dr A:chargeback:cbk_1 10396", "Cr A:psp:sandbox 10396 cb"])
        journal.add("psp", {"command": "refund_sent", "refund": "rfd_1"})
        self.assertEqual(checked(journal).mismatches, [])

    def test_field_missing(self):
        journal = self.approved()
        del journal.lines[-1]["command"]["milestone"]
        self.names(journal, "cannot be read: KeyError('milestone')")

    def test_line_missing(self):
        journal = self.approved()
        del journal.lines[-2]
        self.names(journal, "follows no 6", "prev is not the hash of the item before", "approve while working")


class CommandLine(unittest.TestCase):
    def run_on(self, journal, *options):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in journal.lines), encoding="utf-8")
            out = io.StringIO()
            with redirect_stdout(out):
                code = model.main([str(path), *options])
        return code, out.getvalue().splitlines()

    def test_agreement(self):
        code, out = self.run_on(Wrong().approved(), "--trial-balance")
        self.assertEqual(code, 0)
        self.assertEqual(out, [
            "A:psp:sandbox\tUSD\tdebit\t10366", "E:psp_fees\tUSD\tdebit\t30", "I:fee_client\tUSD\tcredit\t333",
            "I:fee_expert\tUSD\tcredit\t1000", f"L:expert_pending:{EXPERT}\tUSD\tcredit\t8810",
            "L:tax_payable:de\tUSD\tcredit\t253", "8 lines, 2 entries checked, 0 mismatches"])

    def test_mismatch(self):
        journal = Wrong().approved()
        journal.lines[-1]["moved"][0]["to"] = "split"
        code, out = self.run_on(journal)
        self.assertEqual(code, 3)
        self.assertTrue(out[0].startswith("con_1 no 8 approve: "))
        self.assertEqual(out[-1], "8 lines, 2 entries checked, 2 mismatches")


if __name__ == "__main__":
    unittest.main()
