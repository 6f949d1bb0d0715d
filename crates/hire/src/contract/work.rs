//! The work itself: start, submit, changes, more time.

use super::kind::Event;
use super::milestone::{Mail, State};
use super::step::{Act, Step};
use crate::ids::MilestoneId;
use crate::refusal::Refusal;
use crate::span::{after, days};

impl Step<'_> {
    /// T4.
    pub(super) fn start(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let by = self.role()?;
        let due_at = self.due_from_start(self.contract.milestone(id)?);
        let next = State::Working {
            due_at: due_at.unwrap_or(self.now()),
            returns_at: None,
        };
        self.run(
            id,
            Event::Start,
            by,
            &Act {
                next: Some(next),
                ..Act::default()
            },
        )?;
        // What the process refuses comes first.
        due_at?;
        self.contract.milestone_mut(id)?.expert_told = 0;
        Ok(())
    }

    /// T6. The time to inspect counts from this submission, never from an earlier one.
    pub(super) fn submit(
        &mut self,
        id: MilestoneId,
        deliverables: u16,
        ticked: &[u16],
    ) -> Result<(), Refusal> {
        let by = self.role()?;
        let now = self.now();
        let inspect_until = after(now, days(self.contract.milestone(id)?.plan.inspection_days));
        let next = State::Submitted {
            since: now,
            inspect_until,
            extended: false,
            reminded: 0,
            mail: Mail::Fine,
        };
        let act = Act {
            count: deliverables,
            marks: ticked,
            next: Some(next),
            ..Act::default()
        };
        self.run(id, Event::Submit, by, &act)?;
        let milestone = self.contract.milestone_mut(id)?;
        milestone.versions = milestone.versions.saturating_add(1);
        Ok(())
    }

    /// T7.
    pub(super) fn request_changes(
        &mut self,
        id: MilestoneId,
        unmet: &[u16],
        note: &str,
    ) -> Result<(), Refusal> {
        let by = self.role()?;
        if note.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let due_at = after(self.now(), days(self.contract.milestone(id)?.plan.revision_days));
        let next = State::ChangesRequested {
            due_at,
            returns_at: None,
        };
        self.run(
            id,
            Event::RequestChanges,
            by,
            &Act {
                marks: unmet,
                next: Some(next),
                ..Act::default()
            },
        )?;
        let milestone = self.contract.milestone_mut(id)?;
        milestone.rounds_used = milestone.rounds_used.saturating_add(1);
        milestone.expert_told = 0;
        Ok(())
    }

    /// T8: more days on top of those that are left.
    pub(super) fn extend_inspection(
        &mut self,
        id: MilestoneId,
        more: u16,
        reason: &str,
    ) -> Result<(), Refusal> {
        let by = self.role()?;
        if reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let now = self.now();
        let mut next = None;
        if let State::Submitted {
            inspect_until, mail, ..
        } = self.contract.milestone(id)?.state
        {
            let inspect_until = after(inspect_until, days(more));
            next = Some(State::Submitted {
                since: now,
                inspect_until,
                extended: true,
                reminded: 0,
                mail,
            });
        }
        self.run(
            id,
            Event::ExtendInspection,
            by,
            &Act {
                count: more,
                next,
                ..Act::default()
            },
        )
    }

    /// Every mail to the client came back.
    pub(super) fn mail_bounced(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        if self.role()? != super::By::Clock {
            return Err(Refusal::NotParty);
        }
        if let State::Submitted { mail, .. } = &mut self.contract.milestone_mut(id)?.state
            && *mail == Mail::Fine
        {
            *mail = Mail::Bounced;
            return Ok(());
        }
        Err(Refusal::EventWithoutEffect)
    }
}
