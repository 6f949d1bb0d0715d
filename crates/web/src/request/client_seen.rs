//! What an expert sees of a client: that work begins when the money is held, how soon they pay, and what experts said.

use earnest_app::{Error, advice, review};
use earnest_hire::days_to_pay::DaysToPay;
use earnest_hire::ids::PersonId;
use jiff::Timestamp;

use crate::Web;
use crate::office::age;
use crate::review::{AboutView, about_client};

/// For the page of a request.
pub(crate) struct ClientSeen {
    /// None where nothing was approved yet.
    pub(crate) pays: Option<String>,
    pub(crate) reviews: Option<AboutView>,
}

/// The promise to experts, wherever they look before the money is there.
pub(crate) const FUNDED_FIRST: &str =
    "Funded before you start: work on a milestone begins only when the client’s money for it is held.";

impl ClientSeen {
    pub(crate) async fn read(web: &Web, client: PersonId) -> Result<Self, Error> {
        Ok(Self {
            pays: pays(web, client).await?,
            reviews: about_client(&review::about_client(&web.app.desk, client).await?),
        })
    }
}

/// How soon a client approves, with what that rests on.
pub(crate) async fn pays(web: &Web, client: PersonId) -> Result<Option<String>, Error> {
    let found = advice::days_to_pay(&web.app.desk, client).await?;
    Ok(found.map(|DaysToPay { counted, median }| {
        let since = Timestamp::UNIX_EPOCH;
        let took = age(since.saturating_add(median).unwrap_or(since), since);
        let rests = if counted == 1 {
            "1 approval".to_owned()
        } else {
            format!("{counted} approvals")
        };
        format!("Days to pay: this client approved what was submitted in {took} (median of {rests} in the last 12 months).")
    }))
}
