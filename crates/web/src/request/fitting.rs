//! Who fits a request, was proposed or was asked: what its client sees of it, and what an expert sees of themself.

use earnest_app::advice::{self, Proposed};
use earnest_app::request::progress::{Known, Reader};
use earnest_app::shortlist::{self, Listed};
use earnest_app::{Error, invitation};
use earnest_hire::ids::PersonId;
use earnest_hire::invitation::{Invitation, Stage as Invited};
use earnest_hire::request::Stage;
use earnest_hire::shortlist::Place;

use crate::page::Link;
use crate::words::{Moment, sum};
use crate::{Web, urls};

/// A part of a score in words.
pub(crate) struct ReasonView {
    pub(crate) label: &'static str,
    pub(crate) says: String,
    pub(crate) points: String,
}

/// An expert on the shortlist.
pub(super) struct ListedView {
    pub(super) link: Link,
    pub(super) person: String,
    pub(super) headline: String,
    pub(super) points: u32,
    pub(super) reasons: Vec<ReasonView>,
    /// Where an invitation of theirs is; none where there is none that counts.
    pub(super) invited: Option<&'static str>,
}

/// An expert whom the operator has proposed.
pub(crate) struct ProposedView {
    pub(crate) link: Link,
    pub(crate) person: String,
    pub(crate) note: String,
    /// What an hour would cost; none where the profile says it.
    pub(crate) rate: Option<String>,
    pub(crate) at: Moment,
}

/// An invitation as its client sees it.
pub(super) struct InvitedView {
    pub(super) link: Link,
    pub(super) person: String,
    pub(super) stage: Invited,
    pub(super) since: Moment,
    pub(super) reason: Option<String>,
}

/// All of it; what the reader may not see is empty.
#[derive(Default)]
pub(super) struct Fitting {
    pub(super) listed: Vec<ListedView>,
    pub(super) proposed: Vec<ProposedView>,
    pub(super) invited: Vec<InvitedView>,
    /// Why the reader, an expert, is on the shortlist.
    pub(super) own: Option<(usize, u32, Vec<ReasonView>)>,
    /// Whether the reader, an expert, was asked and has not answered.
    pub(super) asked: bool,
}

pub(crate) fn reasons(place: &Place) -> Vec<ReasonView> {
    let view = |reason: &earnest_hire::shortlist::Reason| ReasonView {
        label: reason.part.label(),
        says: reason.says.clone(),
        points: format!("{} of {}", reason.points, reason.part.most()),
    };
    place.reasons.iter().map(view).collect()
}

/// What one reader sees.
pub(super) async fn fitting(
    web: &Web,
    known: &Known,
    (who, reader): (PersonId, Reader),
) -> Result<Fitting, Error> {
    let (desk, id, stage) = (&web.app.desk, known.request.id, known.row.progress.stage);
    if reader == Reader::Expert {
        let place = if stage == Stage::Open {
            shortlist::place_of(desk, known, who).await?
        } else {
            None
        };
        return Ok(Fitting {
            own: place.map(|place| (place.rank, place.points, reasons(&place))),
            asked: invitation::waiting(desk, id, who).await?.is_some(),
            ..Fitting::default()
        });
    }
    let invited = invitation::to_request(desk, id, who).await?;
    let listed = if stage == Stage::Open {
        shortlist::of(desk, known).await?
    } else {
        Vec::new()
    };
    let proposed = advice::proposed(desk, id).await?;
    Ok(Fitting {
        listed: listed.iter().map(|one| listed_view(one, &invited)).collect(),
        proposed: proposed.into_iter().map(|one| proposed_view(web, one)).collect(),
        invited: invited.into_iter().map(invited_view).collect(),
        ..Fitting::default()
    })
}

fn expert(person: PersonId, name: &str) -> Link {
    Link::new(urls::expert(&person.to_string()), name)
}

fn listed_view(one: &Listed, invited: &[(Invitation, String)]) -> ListedView {
    let person = one.row.expert.person;
    let known = invited.iter().find(|(known, _)| known.expert == person);
    ListedView {
        link: expert(person, &one.row.name),
        person: person.to_string(),
        headline: one.row.expert.profile.headline.clone(),
        points: one.place.points,
        reasons: reasons(&one.place),
        invited: known
            .map(|(known, _)| known.stage)
            .filter(|stage| *stage != Invited::Withdrawn)
            .map(Invited::meaning),
    }
}

pub(crate) fn proposed_view(web: &Web, one: Proposed) -> ProposedView {
    ProposedView {
        link: expert(one.row.expert, &one.name),
        person: one.row.expert.to_string(),
        rate: one
            .row
            .rate
            .map(|rate| format!("{} an hour", sum(web.app.currency, rate))),
        note: one.row.note,
        at: Moment::new(one.row.at),
    }
}

fn invited_view((one, name): (Invitation, String)) -> InvitedView {
    InvitedView {
        link: expert(one.expert, &name),
        person: one.expert.to_string(),
        stage: one.stage,
        since: Moment::new(one.since),
        reason: one.reason,
    }
}
