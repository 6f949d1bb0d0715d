//! The shortlist of a request, made anew each time it is looked at: nothing is kept that could grow old.

use earnest_hire::ids::PersonId;
use earnest_hire::request::Request;
use earnest_hire::shortlist::{self, Candidate, LISTED, Place, Wanted};
use earnest_store::ExpertRow;
use jiff::tz::TimeZone;

use crate::Error;
use crate::desk::Desk;
use crate::expert;
use crate::request::progress::Known;

/// An expert on the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Where they stand, and why.
    pub place: Place,
    /// Who they are.
    pub row: ExpertRow,
}

/// The few who fit a request best; its own client is never among them.
pub async fn of(desk: &Desk, known: &Known) -> Result<Vec<Listed>, Error> {
    first(desk, &known.request, (Some(known.row.client), LISTED)).await
}

/// The first of the ranking, as many as are asked for, without its client where one is known.
pub async fn first(
    desk: &Desk,
    request: &Request,
    (client, most): (Option<PersonId>, usize),
) -> Result<Vec<Listed>, Error> {
    let wanted = wanted(desk, request);
    let pick = |shelf: &expert::Shelf| {
        let others = shelf.profiles().filter(|(person, _)| Some(*person) != client);
        let candidates: Vec<Candidate<'_>> = others
            .map(|(person, profile)| Candidate { person, profile })
            .collect();
        let mut places = shortlist::ranking(&wanted, &candidates);
        places.truncate(most);
        (places.iter().map(|place| place.person).collect(), places)
    };
    let (mut rows, places) = expert::picked(desk, pick).await?;
    let mut listed = Vec::with_capacity(places.len());
    for place in places {
        if let Some(at) = rows.iter().position(|row| row.expert.person == place.person) {
            listed.push(Listed {
                place,
                row: rows.swap_remove(at),
            });
        }
    }
    Ok(listed)
}

/// Where an expert stands on the shortlist of a request, for themself to read; none where they are not on it.
pub async fn place_of(desk: &Desk, known: &Known, expert: PersonId) -> Result<Option<Place>, Error> {
    let listed = of(desk, known).await?.into_iter();
    Ok(listed.map(|one| one.place).find(|place| place.person == expert))
}

fn wanted<'a>(desk: &Desk, request: &'a Request) -> Wanted<'a> {
    Wanted {
        brief: &request.brief,
        today: desk.now().to_zoned(TimeZone::UTC).date(),
    }
}
