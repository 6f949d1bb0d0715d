//! Acts: the page on which one is confirmed, and the form that does it, once however often it is sent.

mod form;
mod name;
mod read;
mod says;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Request, State as FromApp};
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::contract::{self, Also, Form, Seat, Sight};
use earnest_app::request::once_key;
use earnest_hire::contract::{Actor, Milestone, PaymentState, Tried};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::MilestoneId;
use earnest_hire::refusal::Refusal;
use earnest_store::Key;
use jiff::Timestamp;

use self::form::{Filled, Says};
pub(super) use self::name::{Act, Subject};
use self::read::Asked;
use super::track::{fund_from, sentence};
use super::who::People;
use crate::answer::{Cache, Fresh};
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::upload::{FilesView, Sent, status_of};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "contract/act/show.html")]
struct Page {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    says: Says,
    /// Why it is not possible now, where it is not.
    refusal: Option<String>,
    has_form: bool,
    /// What was typed on the page before, shown and sent again.
    typed: Vec<(String, String)>,
    hidden: Vec<(&'static str, String)>,
    action: String,
    back: Link,
}

/// An act of somebody, in its contract and perhaps its milestone.
struct Deed {
    act: Act,
    sight: Sight,
    milestone: Option<Milestone>,
    who: SignedIn,
}

impl Deed {
    async fn find(
        web: &Web,
        who: SignedIn,
        subject: Subject,
        (id, word): (&str, &str),
    ) -> Result<Self, Problem> {
        let act = Act::named(subject, word).ok_or_else(Problem::not_found)?;
        let prefix = match subject {
            Subject::Contract => "con_",
            Subject::Milestone => "mst_",
        };
        if !id.starts_with(prefix) {
            return Err(Problem::not_found());
        }
        let sight = contract::look(&web.app.desk, id, &who.person).await?;
        let milestone = id.parse::<MilestoneId>().ok();
        let milestone = milestone.and_then(|id| sight.contract.milestone(id).ok().cloned());
        Ok(Self {
            act,
            sight,
            milestone,
            who,
        })
    }

    fn id(&self) -> Option<MilestoneId> {
        self.milestone.as_ref().map(|one| one.id)
    }

    /// Why it is not possible now, whatever is filled in.
    fn refusal(&self) -> Option<Refusal> {
        if self.sight.seat == Seat::Office {
            return Some(Refusal::OperatorCannotAct);
        }
        let is = |tried: &&Tried| tried.milestone == self.id() && Act::of(&tried.command) == Some(self.act);
        let answers = self.sight.possible.iter().filter(is);
        let mut answers = answers.map(|tried| tried.answer.err());
        match answers.next() {
            Some(first) => first.filter(|_refusal| answers.all(|answer| answer.is_some())),
            None if self
                .milestone
                .as_ref()
                .is_some_and(|one| one.state.kind().is_terminal()) =>
            {
                Some(Refusal::MilestoneEnded)
            }
            None => Some(Refusal::NotFound),
        }
    }

    /// From when on the milestone can be funded at the provider that can hold money the longest.
    fn from(&self) -> Option<Timestamp> {
        fund_from(&self.sight, self.id()?)
    }

    fn says(&self, web: &Web, filled: Filled<'_>) -> Result<Says, Refusal> {
        let people = People {
            sight: &self.sight,
            me: self.who.id(),
            site: &web.site.name,
        };
        match &self.milestone {
            Some(one) => says::of_milestone(self.act, (&web.app.desk, people), one, filled),
            None => Ok(says::of_contract(self.act, people, filled)),
        }
    }

    fn asked(&self, web: &Web, sent: &Sent) -> Result<Option<Asked>, Vec<FieldRefusal>> {
        let typed = &sent.typed;
        match &self.milestone {
            Some(one) if self.act == Act::Submit => read::submit(sent, one).map(Some),
            Some(one) => read::of_milestone(self.act, typed, (&web.app.desk, &self.sight), one),
            None => Ok(read::of_contract(self.act, typed)?.map(Asked::from)),
        }
    }

    fn action(&self) -> String {
        match self.id() {
            Some(id) => urls::milestone_act(id, self.act.word()),
            None => urls::contract_act(self.sight.contract.id, self.act.word()),
        }
    }

    fn back(&self) -> String {
        match self.id() {
            Some(id) => urls::milestone(self.sight.contract.id, id),
            None => urls::contract(self.sight.contract.id),
        }
    }
}

/// How the page is shown.
enum Showing {
    /// For the first time, or with faults to mend.
    Form(Vec<FieldRefusal>),
    /// Once more, with what was typed, before anything is done.
    Again,
    /// With the reason why nothing was done.
    Refused(String),
    /// With the reason, and once more with what was typed: the page was old, and may be sent again as it is now.
    Old(String),
}

impl Showing {
    /// A refusal, at the field that it is about if it is about what was typed.
    fn of(act: Act, refusal: Refusal, sentence: String) -> Self {
        match read::field_of(act, refusal) {
            Some(field) => Self::Form(vec![FieldRefusal::new(field, refusal.code(), sentence)]),
            None => Self::Refused(sentence),
        }
    }
}

/// `GET /contracts/{id}/{act}`
pub(crate) async fn ask_of_contract(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, word)): Path<(String, String)>,
) -> Result<Fresh, Problem> {
    ask(
        &web,
        &Deed::find(&web, who, Subject::Contract, (&id, &word)).await?,
    )
}

/// `GET /milestones/{id}/{act}`
pub(crate) async fn ask_of_milestone(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, word)): Path<(String, String)>,
) -> Result<Fresh, Problem> {
    ask(
        &web,
        &Deed::find(&web, who, Subject::Milestone, (&id, &word)).await?,
    )
}

/// `POST /contracts/{id}/{act}`
pub(crate) async fn act_on_contract(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, word)): Path<(String, String)>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let deed = Deed::find(&web, who, Subject::Contract, (&id, &word)).await?;
    let sent = Sent {
        typed: Typed::read(&body),
        ..Sent::default()
    };
    act(&web, deed, &sent).await
}

/// `POST /milestones/{id}/{act}`
pub(crate) async fn act_on_milestone(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, word)): Path<(String, String)>,
    request: Request,
) -> Result<Fresh, Problem> {
    let deed = Deed::find(&web, who, Subject::Milestone, (&id, &word)).await?;
    let sent = Sent::read(&web, deed.who.id(), request).await?;
    act(&web, deed, &sent).await
}

fn ask(web: &Web, deed: &Deed) -> Result<Fresh, Problem> {
    let showing = match deed.refusal() {
        Some(refusal) => Showing::Refused(sentence(refusal, deed.from())),
        None => Showing::Form(Vec::new()),
    };
    page(web, deed, &Sent::default(), showing)
}

async fn act(web: &Web, deed: Deed, form: &Sent) -> Result<Fresh, Problem> {
    if deed.sight.seat == Seat::Office {
        let refusal = Refusal::OperatorCannotAct.sentence();
        return page(web, &deed, form, Showing::Refused(refusal));
    }
    let asked = match deed.asked(web, form) {
        Ok(Some(asked)) => asked,
        Ok(None) => return page(web, &deed, form, Showing::Refused(Refusal::NotFound.sentence())),
        Err(faults) => return page(web, &deed, form, Showing::Form(faults)),
    };
    if deed.act.is_shown_twice() && form.typed.value("confirmed").is_empty() {
        let answer = deed.sight.answer(&asked.command, deed.who.id());
        let refused = |refusal: Refusal| Showing::of(deed.act, refusal, refusal.sentence());
        let showing = answer.map_or_else(refused, |()| Showing::Again);
        return page(web, &deed, form, showing);
    }
    let actor = Actor::Person { id: deed.who.id() };
    let also = Also::Form(Box::new(sent(web, &deed, form, &asked)?));
    let id = deed.sight.contract.id;
    match contract::act(&web.app.desk, id, &asked.command, &actor, also).await {
        Ok(_answer) => onward(web, &deed).await,
        Err(Error::Refused(refusal)) => {
            let from = contract::possible_from(&web.app.desk, &deed.sight.contract, &asked.command);
            let showing = Showing::of(deed.act, refusal, sentence(refusal, from));
            page(web, &deed, form, showing)
        }
        Err(Error::Conflict { sentence, .. }) => {
            // What has changed may be that it is done: then that is said, too.
            let now = deed.refusal().map(|refusal| format!(" {}", refusal.sentence()));
            let showing = Showing::Old(format!("{sentence}{}", now.unwrap_or_default()));
            page(web, &deed, form, showing)
        }
        Err(held @ Error::NotLive { .. }) => page(web, &deed, form, Showing::Refused(held.to_string())),
        Err(Error::KeyReused) => {
            let sentence = "This form was sent before with other content, and that was carried out.";
            page(web, &deed, form, Showing::Refused(sentence.to_owned()))
        }
        Err(other) => Err(other.into()),
    }
}

/// The key that makes a double click act once, and the stamp of what the page had shown.
fn sent(web: &Web, deed: &Deed, form: &Sent, asked: &Asked) -> Result<Form, Problem> {
    let typed = &form.typed;
    let once = typed.once(&web.app);
    let scope = format!("{} {}", deed.who.id(), deed.sight.contract.id);
    // Sent twice, the same files have other ids and the same content.
    let mut deliverable = asked.deliverable.clone();
    if let Some(one) = &mut deliverable {
        one.files.clear();
    }
    let sums: Vec<_> = form.files.iter().map(|file| (&file.name, file.sha256)).collect();
    let text = serde_json::to_string(&(&asked.command, &deliverable, sums)).map_err(Problem::broken)?;
    let seen = typed.value("seen");
    Ok(Form {
        key: Key::new(&scope, &once.to_string(), &text),
        seen: (!seen.is_empty()).then(|| (deed.id(), seen.to_owned())),
        deliverable: asked.deliverable.clone(),
    })
}

/// Back to the contract, or on to the payment that has been begun.
async fn onward(web: &Web, deed: &Deed) -> Result<Fresh, Problem> {
    if let (Act::Fund, Some(milestone)) = (deed.act, deed.id()) {
        let id = deed.sight.contract.id.to_string();
        let sight = contract::look(&web.app.desk, &id, &deed.who.person).await?;
        let mut payments = sight.contract.payments.iter().rev();
        let begun = payments.find(|paid| paid.milestone == milestone && paid.state == PaymentState::Pending);
        if let Some(paid) = begun {
            return Ok(Fresh::see_other(&urls::payment(paid.id)));
        }
    }
    Ok(Fresh::see_other(&deed.back()))
}

fn page(web: &Web, deed: &Deed, sent: &Sent, showing: Showing) -> Result<Fresh, Problem> {
    let typed = &sent.typed;
    let status = match &showing {
        Showing::Form(faults) if faults.is_empty() => StatusCode::OK,
        Showing::Form(faults) => status_of(faults),
        Showing::Again => StatusCode::OK,
        Showing::Refused(_) | Showing::Old(_) => StatusCode::CONFLICT,
    };
    let faults = match &showing {
        Showing::Form(faults) => faults.clone(),
        Showing::Again | Showing::Refused(_) | Showing::Old(_) => Vec::new(),
    };
    let filled = Filled {
        typed,
        faults: &faults,
    };
    let (mut says, mut refusal) = match deed.says(web, filled) {
        Ok(says) => (says, None),
        Err(refusal) => (Says::default(), Some(refusal.sentence())),
    };
    if says.title.is_empty() {
        deed.act.label().clone_into(&mut says.title);
    }
    if deed.act == Act::Submit {
        says.files = Some(FilesView::new(sent, &faults));
    }
    let is_again = matches!(showing, Showing::Again);
    let fields = if is_again {
        std::mem::take(&mut says.fields)
    } else {
        Vec::new()
    };
    let is_old = matches!(showing, Showing::Old(_));
    if let Showing::Refused(sentence) | Showing::Old(sentence) = showing {
        refusal = Some(sentence);
    }
    let was_typed = says.fields.iter().any(|field| !field.value.is_empty());
    let keeps = is_old && was_typed && deed.refusal().is_none();
    let mut hidden = hidden(web, deed, typed, keeps);
    if is_again {
        hidden.push(("confirmed", "yes".to_owned()));
        let sent = SHOWN_TWICE
            .into_iter()
            .filter(|name| !typed.value(name).is_empty());
        hidden.extend(sent.map(|name| (name, typed.value(name).to_owned())));
    }
    let again = fields
        .into_iter()
        .map(|field| (field.label, typed.value(&field.name).to_owned()));
    let title = if faults.is_empty() {
        says.title.clone()
    } else {
        format!("Error: {}", says.title)
    };
    let page = Page {
        layout: layout(web, deed, title),
        has_form: refusal.is_none() || keeps,
        refusal,
        typed: again.collect(),
        hidden,
        action: deed.action(),
        back: Link::new(deed.back(), "Back to the contract"),
        says,
        faults,
    };
    Ok(render(&page, Cache::Private)?.with_status(status))
}

fn layout(web: &Web, deed: &Deed, title: String) -> Layout {
    let contract = deed.sight.contract.id;
    Layout::new(web, title).of(&deed.who).trail(vec![
        Link::new(urls::contracts(), "Contracts"),
        Link::new(urls::contract(contract), "Contract"),
        Link::new(deed.action(), deed.act.label()),
    ])
}

/// The fields that a form is sent with a second time.
const SHOWN_TWICE: [&str; 6] = [
    "amount",
    "to_expert",
    "to_client",
    "unconditional",
    "offer",
    "reason",
];

/// The key and stamp, and what is signed. What is sent anew was read as it stands now.
fn hidden(web: &Web, deed: &Deed, typed: &Typed, anew: bool) -> Vec<(&'static str, String)> {
    let stamp = || deed.sight.contract.stamp(deed.id());
    let kept = |name: &str, new: &dyn Fn() -> String| {
        let value = typed.value(name);
        if value.is_empty() { new() } else { value.to_owned() }
    };
    let mut hidden = vec![
        ("once", kept("once", &|| once_key(&web.app).to_string())),
        ("seen", if anew { stamp() } else { kept("seen", &stamp) }),
    ];
    if deed.act == Act::Complain {
        let hold = deed.sight.contract.to_complain_of(deed.who.id());
        let new = || hold.map_or_else(String::new, |hold| hold.id.to_string());
        hidden.push(("hold", kept("hold", &new)));
    }
    if deed.act == Act::Sign {
        hidden.push(("sha256", deed.sight.contract.sha256.clone()));
    }
    hidden
}

#[cfg(test)]
mod tests;
