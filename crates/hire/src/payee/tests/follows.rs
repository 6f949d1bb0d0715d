//! What follows from every command beside money: who is told, which timer is set, what the provider is asked, what is
//! written down of an operator. And who may not give it.

use super::*;
use crate::contract::TimerKind;

/// Of the last command, with what an id names in the place of the id.
fn follows(decision: &Decision) -> String {
    let kind = |id: &str| id.split('_').next().unwrap().to_owned();
    let told = decision.notices.iter();
    let told = told.map(|one| format!("tells {} of {}", one.to, kind(&one.subject)));
    let timers = decision.timers.iter();
    let timers = timers.map(|one| format!("sets {} of {} {}", one.kind, kind(&one.subject), one.entry_no));
    let calls = decision.calls.iter();
    let calls = calls.map(|one| {
        let call = serde_json::to_value(one).unwrap();
        format!("asks {}", call["call"].as_str().unwrap())
    });
    let audit = decision.audit.iter();
    let audit = audit.map(|one| {
        let second = if one.second.is_some() { " by two" } else { "" };
        format!("notes {} of {}{second}", one.reason, kind(&one.subject))
    });
    let all: Vec<String> = told.chain(timers).chain(calls).chain(audit).collect();
    all.join(", ")
}

struct Story {
    desk: Desk,
    wrong: Vec<String>,
}

impl Story {
    /// Gives a command; what follows must be named whole, and by the name of the command.
    fn step(&mut self, by: &Actor, command: &Command, expected: &str) {
        self.desk
            .give(by, command)
            .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        let last = self.desk.last.as_ref().unwrap();
        for notice in &last.notices {
            assert_eq!(notice.about, command.name());
        }
        if let Some(audit) = &last.audit {
            assert_eq!(
                (Actor::Operator { id: audit.operator }, audit.about),
                (by.clone(), command.name())
            );
        }
        let found = follows(last);
        if found != expected {
            self.wrong.push(format!("{}: {found}", command.name()));
        }
    }

    fn payout(&self) -> PayoutId {
        self.desk.payee.payouts.last().unwrap().id
    }

    /// The commands of operators about a payout.
    fn one_payout_is_held(&mut self) {
        let (payout, review_by) = (self.payout(), after(self.desk.now, days(1)));
        let (reason, second) = ("why".to_owned(), Some(office(2)));
        let hold_payout = Command::HoldPayout {
            payout,
            reason: reason.clone(),
            review_by,
            second,
        };
        self.step(
            &operator(1),
            &hold_payout,
            "tells payee of pot, sets hold_ends of pot 2, notes why of pot by two",
        );
        self.step(
            &operator(1),
            &Command::ReleasePayout { payout },
            "tells payee of pot, asks send_payout, notes  of pot",
        );
    }

    /// The commands about a hold on the account, which stops the payout.
    fn payouts_are_held(&mut self) {
        let (payout, review_by) = (self.payout(), after(self.desk.now, days(1)));
        let (reason, second) = ("why".to_owned(), Some(office(2)));
        let place = Command::PlaceHold {
            scope: Scope::Payouts,
            reason: reason.clone(),
            facts: "what".to_owned(),
            rule: "terms".to_owned(),
            review_by,
            second: None,
        };
        let told = "tells payee of hld, tells payee of pot, sets hold_ends of hld 1";
        self.step(&operator(1), &place, &format!("{told}, notes why of hld"));
        let hold = self.desk.payee.holds[0].id;
        let longer = after(self.desk.now, days(7));
        let extend = Command::ExtendHold {
            hold,
            reason: reason.clone(),
            review_by: longer,
            second,
        };
        self.step(
            &operator(1),
            &extend,
            "tells payee of hld, sets hold_ends of hld 2, notes why of hld by two",
        );
        assert_eq!(self.desk.payee.payout(payout).unwrap().review_by, Some(longer));
        let me = self.desk.me();
        self.step(
            &me,
            &Command::AppealHold {
                hold,
                reason: reason.clone(),
            },
            "tells operator of hld",
        );
        self.step(
            &operator(2),
            &Command::AnswerAppeal {
                hold,
                reason: reason.clone(),
            },
            "tells payee of hld, notes why of hld",
        );
        let lifted = "tells payee of hld, tells payee of pot, asks send_payout, notes why of hld";
        self.step(&operator(2), &Command::LiftHold { hold, reason }, lifted);
        // A rule of the program is no operator; what it stops goes on by itself.
        self.step(&Actor::Clock, &place, told);
        let timer = Command::Timer {
            kind: TimerKind::HoldEnds,
            subject: self.desk.payee.holds[1].id.to_string(),
            entry_no: 1,
            due_at: review_by,
        };
        self.desk.now = after(review_by, hours(1));
        self.step(
            &Actor::Clock,
            &timer,
            "tells payee of hld, tells payee of pot, asks send_payout",
        );
    }

    /// What the provider tells of a payout, and of one that was canceled before.
    fn the_provider_tells(&mut self, request: &Command) {
        let (me, sandbox) = (self.desk.me(), Actor::Provider { name: provider() });
        let payout = self.payout();
        let reduced = Command::PayoutReduced {
            payout,
            amount: eur(9_000),
        };
        self.step(&sandbox, &reduced, "tells payee of pot");
        self.step(&sandbox, &Command::PayoutSent { payout }, "tells payee of pot");
        let (reason, receipt) = ("closed".to_owned(), "po_1".to_owned());
        let failed = Command::PayoutFailed {
            payout,
            reason: reason.clone(),
            receipt: None,
        };
        self.step(&sandbox, &failed, "tells payee of pot");
        self.step(
            &operator(1),
            &Command::CancelPayout { payout },
            "tells payee of pot, notes  of pot",
        );
        self.step(&me, request, "tells payee of pot, asks send_payout");
        let payout = self.payout();
        self.step(
            &me,
            &Command::CancelPayout { payout },
            "tells payee of pot, asks cancel_payout",
        );
        self.step(
            &sandbox,
            &Command::PayoutPaid { payout, receipt },
            "tells payee of pot, tells operator of pot",
        );
        self.step(
            &sandbox,
            &Command::PayoutReturned {
                payout,
                reason,
                receipt: "po_2".to_owned(),
            },
            "tells payee of pot",
        );
    }
}

#[test]
fn what_follows_from_every_command_beside_money() {
    let (desk, wrong) = (Desk::new(), Vec::new());
    let mut story = Story { desk, wrong };
    let me = story.desk.me();
    let clear = Command::Clear {
        earning: EarningId::new(story.desk.now, [3; 10]),
        // All that is pending.
        amount: eur(100_000),
        clears_at: before(story.desk.now, hours(1)),
    };
    story.step(&Actor::Clock, &clear, "tells payee of ear");
    let account = |reference: &str, provider| Command::SetPayoutAccount {
        reference: reference.to_owned(),
        provider,
    };
    story.step(&me, &account("acct_1", provider()), "tells payee of per");
    let request = Command::RequestPayout { amount: eur(10_000) };
    story.step(&me, &request, "tells payee of pot, asks send_payout");
    // The same account at another provider is another account.
    let changed = "tells payee of per, tells former_contact of per, tells payee of pot, asks cancel_payout";
    story.step(&me, &account("acct_1", "other".parse().unwrap()), changed);
    story.step(
        &me,
        &account("acct_2", provider()),
        "tells payee of per, tells former_contact of per",
    );
    let approve = Command::ApproveAccount {
        reference: "acct_2".to_owned(),
        second: Some(office(2)),
    };
    story.step(&operator(1), &approve, "tells payee of per, notes  of per by two");
    story.step(&me, &request, "tells payee of pot, asks send_payout");
    story.one_payout_is_held();
    story.payouts_are_held();
    story.the_provider_tells(&request);
    assert_eq!(story.wrong, [""; 0]);
}

#[test]
fn four_commands_may_need_a_second_operator() {
    let (id, now) = (office(5), Timestamp::UNIX_EPOCH);
    let text = || "x".to_owned();
    let (payout, hold) = (PayoutId::new(now, [1; 10]), HoldId::new(now, [1; 10]));
    for command in [
        Command::ApproveAccount {
            reference: text(),
            second: None,
        },
        Command::HoldPayout {
            payout,
            reason: text(),
            review_by: now,
            second: None,
        },
        Command::ExtendHold {
            hold,
            reason: text(),
            review_by: now,
            second: None,
        },
        Command::PlaceHold {
            scope: Scope::SignIn,
            reason: text(),
            facts: text(),
            rule: text(),
            review_by: now,
            second: None,
        },
    ] {
        let mut command = command;
        *command.second().unwrap() = Some(id);
        let json = serde_json::to_value(&command).unwrap();
        assert_eq!(json["second"], id.to_string(), "{command:?}");
    }
    assert_eq!(Command::ReleasePayout { payout }.second(), None);
}

#[test]
fn nobody_asks_for_what_is_another_persons() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let hold = desk.place(Scope::Payouts).unwrap();
    let reason = "mine".to_owned();
    let stranger = Actor::Person { id: office(9) };
    let account = Command::SetPayoutAccount {
        reference: "acct_9".to_owned(),
        provider: provider(),
    };
    for command in [
        Command::CancelPayout { payout },
        Command::AppealHold {
            hold,
            reason: reason.clone(),
        },
        account.clone(),
        Command::RequestPayout { amount: eur(1) },
    ] {
        assert_eq!(
            desk.give(&stranger, &command),
            Err(Refusal::NotYourMoney),
            "{command:?}"
        );
    }
    for by in [stranger, desk.me(), Actor::Provider { name: provider() }] {
        let release = Command::ReleasePayout { payout };
        assert_eq!(desk.give(&by, &release), Err(Refusal::OperatorOnly), "{by:?}");
    }
    for (text, refusal) in [
        ("", Refusal::NoPayoutAccount),
        ("acct\n2", Refusal::NoPayoutAccount),
        (&"x".repeat(201), Refusal::NoPayoutAccount),
    ] {
        assert_eq!(desk.account(text), Err(refusal), "{text:?}");
    }
    assert_eq!(desk.account(&"x".repeat(200)), Ok(()));
    let timer = |kind, due_at| Command::Timer {
        kind,
        subject: hold.to_string(),
        entry_no: 1,
        due_at,
    };
    let (ends, clears) = (TimerKind::HoldEnds, TimerKind::Clearance);
    let (now, past) = (desk.now, before(desk.now, hours(1)));
    for (by, command, refusal) in [
        (desk.me(), timer(ends, past), Refusal::NotForPeople),
        (Actor::Clock, timer(ends, now), Refusal::TimerNotDue),
        (Actor::Clock, timer(clears, past), Refusal::StaleTimer),
        (Actor::Clock, timer(ends, past), Refusal::StaleTimer),
    ] {
        assert_eq!(desk.give(&by, &command), Err(refusal), "{command:?}");
    }
}
