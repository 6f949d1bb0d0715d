//! Whether a request comes from a decision as it says: anybody can write any weights beside a decision's id.

use earnest_hire::decision::{Decision, Participant};
use earnest_hire::ids::DecisionId;
use earnest_hire::request::Origin;
use earnest_store::View;

use super::{look, pairs, state_of};
use crate::content::Catalogue;
use crate::{App, Error};

/// What came along, with how many had decided it where it is what they decided. Where comparison or state are not the
/// decision's, it does not come from there. Without a state nothing is said of anybody's weights, and no number.
pub(crate) async fn proven(app: &App, mut origin: Origin) -> Result<Origin, Error> {
    origin.people = None;
    let Some(id) = origin.decision else {
        return Ok(origin);
    };
    let now = app.desk.now();
    let found = read(app, id).await?.filter(|(one, _)| one.expires_at > now);
    let same = found.filter(|(one, _)| origin.comparison.as_ref() == Some(&one.comparison));
    let Some((decision, people)) = same else {
        origin.decision = None;
        return Ok(origin);
    };
    if let Some(query) = &origin.query {
        if is_common(&app.catalogue, (&decision, &people), query) {
            origin.people = u32::try_from(people.len()).ok().filter(|count| *count > 0);
        } else {
            origin.decision = None;
        }
    }
    Ok(origin)
}

async fn read(app: &App, id: DecisionId) -> Result<Option<(Decision, Vec<Participant>)>, Error> {
    let read = move |mut view: View| async move {
        match view.decision(id).await? {
            Some(decision) => Ok(Some((decision, view.participants(id).await?))),
            None => Ok(None),
        }
    };
    let found: Result<_, earnest_store::Error> = app.store.read(read).await;
    Ok(found?)
}

/// Whether a state is the common one, however it is spelt.
fn is_common(catalogue: &Catalogue, (decision, people): (&Decision, &[Participant]), query: &str) -> bool {
    let Some(comparison) = catalogue.comparison(&decision.comparison) else {
        return false;
    };
    let Ok(deciding) = look(catalogue, decision, people) else {
        return false;
    };
    let spelt = |query: &str| {
        let (_, comparison) = comparison.named(catalogue, &pairs(query));
        state_of(comparison, query).map(|state| state.full_query(comparison))
    };
    spelt(query).is_some_and(|spelt_out| Some(spelt_out) == spelt(&deciding.common_query()))
}
