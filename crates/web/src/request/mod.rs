//! Raising a request: the form, keeping it, and the page that confirms it.

pub(crate) mod client_seen;
pub(crate) mod files;
mod fitting;
pub(crate) mod going;
pub(crate) mod invite;
pub(crate) mod steps;

pub(crate) use self::fitting::{ProposedView, ReasonView, proposed_view, reasons};

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::comparison::remarks;
use earnest_app::content::model::Role;
use earnest_app::decision;
use earnest_app::request::progress::claim;
use earnest_app::request::{by_token, once_key, raise};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::DecisionId;
use earnest_hire::request::{Draft, Field, Origin, Request, TypedWishes, WishField, Wishes};

use crate::answer::{Cache, Fresh};
use crate::compare;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::session::Visitor;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "request/new.html")]
struct Form {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    fields: Vec<FieldView>,
    mode: String,
    once: String,
    carried: Carried,
    reply: String,
}

/// What came along from a comparison or a role page.
#[derive(Default)]
struct Carried {
    role: String,
    comparison: String,
    state: String,
    /// The id of what several people decided together; empty where there is none.
    decision: String,
    shown: Option<Shown>,
}

impl Carried {
    /// The same from a decision. What is no id of one is left out, and so is one without its comparison.
    fn of_decision(mut self, id: &str) -> Self {
        if !self.state.is_empty() && id.parse::<DecisionId>().is_ok() {
            id.clone_into(&mut self.decision);
        }
        self
    }
}

/// The carried state in words.
struct Shown {
    title: String,
    verdict: String,
    /// What somebody else must know: what is out, and whose figures are no evidence.
    remarks: Vec<String>,
    link: String,
    /// By how many it had been decided together when it was sent, where it was; never by whom.
    decided: Option<String>,
}

#[derive(Template)]
#[template(path = "request/sent.html")]
struct Sent {
    layout: Layout,
    reference: String,
    when: String,
    reply: String,
    email: String,
    facts: Vec<(&'static str, String)>,
    details: Option<String>,
    acceptance: Vec<String>,
    /// Whether the operator proposes experts for it.
    managed: bool,
    origin: Option<Shown>,
    role: Option<Link>,
}

/// `GET /requests/new`
pub(crate) async fn form(
    FromApp(web): FromApp<Ctx>,
    Visitor(visitor): Visitor,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let pairs = compare::query_pairs(query.as_deref());
    let value = |key: &str| {
        pairs
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.clone())
            .unwrap_or_default()
    };
    let role = web.app.catalogue.role(&value("role"));
    let person = visitor.map(|who| who.person);
    let draft = Draft {
        role: role.map_or_else(String::new, |r| r.title.clone()),
        name: person.as_ref().map_or_else(String::new, |one| one.name.clone()),
        email: person.map_or_else(String::new, |one| one.email.to_string()),
        wishes: TypedWishes {
            skills: role.map_or_else(String::new, first_skills),
            ..TypedWishes::default()
        },
        ..Draft::default()
    };
    let carried =
        carried(&web, &value("role"), &value("comparison"), &value("state")).of_decision(&value("decision"));
    let once = once_key(&web.app).to_string();
    steps::first(&web, &draft, (once, carried))
}

/// Skills of a role that a request begins with; a longer list would ask for more than anybody knows.
const SKILLS_OF_ROLE: usize = 5;

fn first_skills(role: &Role) -> String {
    let first: Vec<&str> = role
        .skills
        .iter()
        .take(SKILLS_OF_ROLE)
        .map(String::as_str)
        .collect();
    first.join(", ")
}

/// All fields of the form, on whichever step they were typed.
fn draft_of(typed: &Typed) -> Draft {
    let value = |key: &str| typed.value(key).to_owned();
    let wish = |field: WishField| value(field.name()).replace("\r\n", "\n");
    Draft {
        name: value("name"),
        email: value("email"),
        summary: value("summary"),
        details: value("details").replace("\r\n", "\n"),
        role: value("role"),
        budget: value("budget"),
        start: value("start"),
        place: value("place"),
        wishes: TypedWishes {
            skills: wish(WishField::Skills),
            acceptance: wish(WishField::Acceptance),
            until: wish(WishField::Until),
            hour_most: wish(WishField::HourMost),
            languages: wish(WishField::Languages),
            mode: wish(WishField::Mode),
        },
    }
}

/// `POST /requests`: kept once, however often the form is sent; a refused form comes back filled in.
pub(crate) async fn send(
    FromApp(web): FromApp<Ctx>,
    Visitor(visitor): Visitor,
    body: Bytes,
) -> Result<Response, Problem> {
    let typed = Typed::read(&body);
    let value = |key: &str| typed.value(key).to_owned();
    let draft = draft_of(&typed);
    let carried = carried(&web, &value("for-role"), &value("comparison"), &value("state"))
        .of_decision(&value("decision"));
    let once = typed.once(&web.app);
    match raise(&web.app, &draft, origin(&carried), once).await {
        Ok(raised) => {
            if let Some(who) = visitor {
                claim(&web.app.desk, &raised.request, who.id()).await?;
                return Ok(Fresh::see_other(&urls::request(&raised.request.id.to_string())).into_response());
            }
            tracing::info!(request.reference = %raised.request.reference(), first = raised.first, "request raised");
            Ok(Fresh::see_other(&urls::request_sent(&raised.token.to_string())).into_response())
        }
        Err(earnest_app::Error::Invalid(faults)) => {
            let html = page(&web, &draft, faults, (once.to_string(), carried))?;
            Ok(Fresh::html(html, Cache::Private)
                .with_status(StatusCode::UNPROCESSABLE_ENTITY)
                .into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /requests/sent/{token}`: what was kept and what happens next. The address is unguessable and kept from search
/// engines and other sites.
pub(crate) async fn sent(FromApp(web): FromApp<Ctx>, Path(token): Path<String>) -> Result<Fresh, Problem> {
    let request = by_token(&web.app, &token).await?;
    let layout = Layout::new(&web, "Your request is with us")
        .untold(urls::request_sent(&token))
        .hidden_from_search()
        .within(Section::Hire)
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(urls::request_sent(&token), "Your request"),
        ]);
    let role = request
        .origin
        .role
        .as_ref()
        .and_then(|slug| web.app.catalogue.role(slug));
    let page = Sent {
        layout,
        reference: request.reference().to_string(),
        when: request
            .submitted_at()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .strftime("%-d %B %Y, %H:%M UTC")
            .to_string(),
        reply: reply(&web),
        email: request.brief.email.clone(),
        facts: {
            let mut facts = facts(&request);
            facts.extend(wish_facts(&web, &request.brief.wishes));
            facts
        },
        acceptance: request.brief.wishes.acceptance.clone(),
        managed: web.app.desk.is_managed(&request),
        details: request.brief.details.clone(),
        origin: origin_shown(&web, &request).await?,
        role: role.map(|r| Link::new(urls::role(&r.slug), format!("The {} page", r.title))),
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

fn facts(request: &Request) -> Vec<(&'static str, String)> {
    let brief = &request.brief;
    let mut facts = vec![
        ("What should be built", brief.summary.clone()),
        ("Who is needed", brief.role.clone()),
        ("Name", brief.name.clone()),
    ];
    facts.extend(brief.budget.as_ref().map(|b| ("Budget", b.words())));
    facts.extend(brief.start.map(|d| ("Start", crate::words::date(&d.to_string()))));
    facts.extend(brief.place.clone().map(|p| ("Place or time zone", p)));
    facts
}

/// What else was wished for, but the acceptance items, which are a list of their own.
pub(crate) fn wish_facts(web: &Web, wishes: &Wishes) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for (term, list) in [("Must know", &wishes.skills), ("Languages", &wishes.languages)] {
        facts.extend(Some((term, list.join(", "))).filter(|_| !list.is_empty()));
    }
    facts.extend(
        wishes
            .until
            .map(|day| ("Finished by", crate::words::date(&day.to_string()))),
    );
    facts.extend(
        wishes
            .hour_most
            .map(|hour| ("Most an hour", crate::words::sum(web.app.currency, hour))),
    );
    facts
}

/// The state of the comparison as the request carries it.
async fn origin_shown(web: &Web, request: &Request) -> Result<Option<Shown>, Problem> {
    let Some(mut shown) = comparison_shown(web, request) else {
        return Ok(None);
    };
    // As many as they were when it was sent. Nothing is said of a decision that was deleted since.
    let (id, people) = (request.origin.decision, request.origin.people);
    if let Some((id, people)) = id.zip(people)
        && decision::is_there(&web.app, id).await?
    {
        shown.decided = usize::try_from(people).ok().map(decision::people);
    }
    Ok(Some(shown))
}

/// What somebody else must know of the comparison that came along: what is out, and whose figures are no evidence.
pub(crate) fn remarks(web: &Web, request: &Request) -> Vec<String> {
    comparison_shown(web, request).map_or_else(Vec::new, |shown| shown.remarks)
}

fn comparison_shown(web: &Web, request: &Request) -> Option<Shown> {
    let slug = request.origin.comparison.as_ref()?;
    let catalogue = &web.app.catalogue;
    let query = request.origin.query.as_deref().unwrap_or_default();
    let found = catalogue.comparison(slug)?;
    let pairs = compare::query_pairs(Some(query));
    let (_, comparison) = found.named(catalogue, &pairs);
    let analysis = compare::analysis(catalogue, found, &pairs);
    let mark = if query.is_empty() { "" } else { "?" };
    Some(Shown {
        title: comparison.text.title.clone(),
        verdict: request.origin.verdict.clone().unwrap_or_default(),
        remarks: analysis.map_or_else(|_no_longer_known| Vec::new(), |one| remarks::for_others(&one)),
        link: format!("{}{mark}{query}", urls::comparison(slug)),
        decided: None,
    })
}

pub(crate) fn reply(web: &Web) -> String {
    match web.site.first_reply_hours {
        1 => "within one hour".to_owned(),
        hours if hours % 24 == 0 && hours > 24 => format!("within {} days", hours / 24),
        hours => format!("within {hours} hours"),
    }
}

/// Reads what came along; a comparison that does not exist (any more) is left out rather than refused.
fn carried(web: &Web, role: &str, comparison: &str, state: &str) -> Carried {
    let catalogue = &web.app.catalogue;
    let role = catalogue.role(role).map_or_else(String::new, |r| r.slug.clone());
    let shown = catalogue.comparison(comparison).map(|found| {
        // A state that content does not know (any more) is not somebody's state: the comparison goes along without one.
        let Ok(analysis) = compare::analysis(catalogue, found, &compare::query_pairs(Some(state))) else {
            let shown = Shown {
                title: found.text.title.clone(),
                verdict: "The settings in the link could not be read, so only the comparison goes along."
                    .to_owned(),
                remarks: Vec::new(),
                link: urls::comparison(&found.text.slug),
                decided: None,
            };
            return (found.text.slug.clone(), String::new(), shown);
        };
        let query = analysis.state.full_query(analysis.comparison);
        let shown = Shown {
            title: analysis.comparison.text.title.clone(),
            verdict: analysis.headline.sentence(),
            remarks: remarks::for_others(&analysis),
            link: format!("{}?{query}", urls::comparison(&found.text.slug)),
            decided: None,
        };
        (found.text.slug.clone(), query, shown)
    });
    match shown {
        Some((comparison, state, shown)) => Carried {
            role,
            comparison,
            state,
            decision: String::new(),
            shown: Some(shown),
        },
        None => Carried {
            role,
            ..Carried::default()
        },
    }
}

fn origin(carried: &Carried) -> Origin {
    let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty());
    let edition = carried
        .state
        .split('&')
        .find_map(|pair| pair.strip_prefix("edition="))
        .map(str::to_owned);
    Origin {
        comparison: some(&carried.comparison),
        edition,
        query: some(&carried.state),
        verdict: carried
            .shown
            .as_ref()
            .filter(|_| !carried.state.is_empty())
            .map(|s| s.verdict.clone()),
        role: some(&carried.role),
        decision: carried.decision.parse().ok(),
        people: None,
    }
}

fn page(
    web: &Web,
    draft: &Draft,
    faults: Vec<FieldRefusal>,
    kept: (String, Carried),
) -> Result<String, Problem> {
    let (once, carried) = kept;
    let title = if faults.is_empty() {
        "Raise a request"
    } else {
        "Error: raise a request"
    };
    let layout = Layout::new(web, title)
        .describe(
            "Say what should be built and whom you need. At most eight fields; your comparison comes along.",
        )
        .canonical(urls::new_request())
        .within(Section::Hire)
        .picture(crate::picture::of(urls::hire(), "Raise a request"))
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(urls::new_request(), "Raise a request"),
        ]);
    let fields = Field::FILLED
        .into_iter()
        .map(|field| field_view(web, field, draft, &faults));
    let wished = WishField::ALL
        .into_iter()
        .filter(|field| *field != WishField::Mode);
    let wished = wished.map(|field| wish_view(web, field, draft, &faults));
    let fields = fields.chain(wished).collect();
    Ok(Form {
        layout,
        mode: draft.wishes.mode.clone(),
        fields,
        once,
        carried,
        reply: reply(web),
        faults,
    }
    .render()?)
}

fn field_view(web: &Web, field: Field, draft: &Draft, faults: &[FieldRefusal]) -> FieldView {
    let (name, limit) = (field.name(), field.limit());
    let line = |label: &str| FieldView::line(name, label, limit);
    let view = match field {
        Field::Name => line("Your name").completed_by("name").required(),
        Field::Email => line("E-mail")
            .of_kind("email")
            .completed_by("email")
            .hint("The answer goes there, nothing else.")
            .required(),
        Field::Role => line("Whom you need")
            .hint("A role or a technology, such as Python engineer.")
            .required(),
        Field::Summary => line("What should be built")
            .hint("One line, such as: an API that prices insurance quotes.")
            .required(),
        Field::Details => FieldView::area(name, "More about it (optional)", limit)
            .hint("What exists, what is hard, when it counts as done. No secrets: this is not encrypted."),
        Field::Budget => line("Budget (optional)").hint(format!(
            "In {}: one sum or a range, such as 25,000 or 20,000-40,000.",
            web.app.currency.code()
        )),
        Field::Start => line("Start (optional)")
            .of_kind("date")
            .hint("The first day of work you wish for."),
        Field::Place | Field::Origin => {
            line("Place or time zone (optional)").hint("Such as Berlin, or UTC+1.")
        }
    };
    view.filled(draft.text(field), faults)
}

fn wish_view(web: &Web, field: WishField, draft: &Draft, faults: &[FieldRefusal]) -> FieldView {
    let (name, limit) = (field.name(), field.limit());
    let line = |label: &str| FieldView::line(name, label, limit);
    let view = match field {
        WishField::Skills => line("Must know (optional)")
            .hint("With commas between them, such as Python, PostgreSQL. Experts are ordered by it."),
        WishField::Acceptance => FieldView::area(name, "When is it done? (optional)", limit).hint(
            "One thing a line that must be true, such as: “A quote is answered within 200 ms at 50 requests a second.” \
             You can change it until you open the request.",
        ),
        WishField::Until => line("Finished by (optional)")
            .of_kind("date")
            .hint("The last day of work you wish for."),
        WishField::HourMost => line("Most an hour (optional)").hint(format!(
            "In {}, such as 95. Experts are compared with it.",
            web.app.currency.code()
        )),
        WishField::Languages | WishField::Mode => {
            line("Languages (optional)").hint("One of them is enough, such as English, German.")
        }
    };
    view.filled(draft.wishes.text(field), faults)
}

#[cfg(test)]
mod tests;
