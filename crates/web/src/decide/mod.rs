//! What several people decide together: keeping a state, the page that a link opens, what people do there, and the record.

mod act;
mod page;
mod record;
mod stayed;

pub(crate) use self::act::{act, ask};

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::decision::{self, Draft};
use earnest_app::request::once_key;
use earnest_app::{limit, stamp};
use earnest_hire::decision::{NAME_LIMIT, NOTE_LIMIT, TITLE_LIMIT, TypedPosition};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::OnceKey;

use crate::answer::{Cache, Fresh};
use crate::caller::Caller;
use crate::compare;
use crate::form::{FieldView, Typed};
use crate::origin::Source;
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "decide/new.html")]
struct Form {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    title: FieldView,
    name: FieldView,
    note: FieldView,
    comparison: Link,
    slug: String,
    state: String,
    verdict: String,
    hidden: Hidden,
    again: bool,
}

/// What the form carries that nobody sees.
struct Hidden {
    once: String,
    stamp: String,
}

impl Hidden {
    fn new(web: &Web, once: OnceKey, caller: Caller) -> Self {
        Self {
            once: once.to_string(),
            stamp: stamp::stamp(&web.app.desk, once, caller.0).unwrap_or_default(),
        }
    }
}

/// Why a form is shown that was not asked for.
enum Shown {
    First,
    Wrong(Vec<FieldRefusal>),
    /// Nothing says that it is ours.
    Unproven,
}

/// `GET /decisions/new`
pub(crate) async fn form(
    FromApp(web): FromApp<Ctx>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let pairs = compare::query_pairs(query.as_deref());
    let typed = Typed::of(pairs);
    let found = compare::find(&web.app.catalogue, typed.value("comparison"))?;
    let draft = Draft {
        title: found.text.question.clone(),
        comparison: found.text.slug.clone(),
        state: typed.value("state").to_owned(),
        own: TypedPosition::default(),
    };
    let hidden = Hidden::new(&web, once_key(&web.app), caller);
    form_page(&web, &draft, hidden, Shown::First)
}

fn form_page(web: &Web, draft: &Draft, hidden: Hidden, shown: Shown) -> Result<Fresh, Problem> {
    let (faults, again) = match shown {
        Shown::First => (Vec::new(), false),
        Shown::Wrong(faults) => (faults, false),
        Shown::Unproven => (Vec::new(), true),
    };
    let found = compare::find(&web.app.catalogue, &draft.comparison)?;
    let analysis = compare::analysis(
        &web.app.catalogue,
        found,
        &compare::query_pairs(Some(&draft.state)),
    )?;
    let state = analysis.state.full_query(analysis.comparison);
    let title = if faults.is_empty() && !again {
        "Decide together"
    } else {
        "Error: decide together"
    };
    let address = format!("{}?{state}", urls::comparison(&found.text.slug));
    let own_path = urls::new_decision(&found.text.slug, &state);
    let page = Form {
        layout: Layout::new(web, title)
            .untold(own_path.clone())
            .hidden_from_search()
            .within(Section::Compare)
            .trail(vec![
                Link::new(urls::comparisons(), "Compare"),
                Link::new(address.clone(), analysis.comparison.text.title.clone()),
                Link::new(own_path, "Decide together"),
            ]),
        title: FieldView::line("title", "What is to be decided", TITLE_LIMIT)
            .required()
            .filled(draft.title.clone(), &faults),
        name: name_field("Your name (optional)")
            .hint("With it your weights are the first position. You can also say it later.")
            .filled(draft.own.name.clone(), &faults),
        note: note_field().filled(draft.own.note.clone(), &faults),
        comparison: Link::new(address, found.text.title.clone()),
        slug: found.text.slug.clone(),
        verdict: analysis.headline.sentence(),
        state,
        hidden,
        again,
        faults,
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

fn name_field(label: &str) -> FieldView {
    FieldView::line("name", label, NAME_LIMIT).completed_by("given-name")
}

fn note_field() -> FieldView {
    FieldView::area("note", "Why, or what speaks against it (optional)", NOTE_LIMIT)
        .hint("Everybody who takes part reads it, and it stands in the record.")
}

/// `POST /decisions`: kept once, however often the form is sent. A form that comes from nobody knows where is ours by its
/// stamp; one without is shown again, filled in, and the person sends it.
pub(crate) async fn make(
    FromApp(web): FromApp<Ctx>,
    caller: Caller,
    source: Source,
    body: Bytes,
) -> Result<Response, Problem> {
    let typed = Typed::read(&body);
    let draft = Draft {
        title: typed.value("title").to_owned(),
        comparison: typed.value("comparison").to_owned(),
        state: typed.value("state").to_owned(),
        own: TypedPosition {
            name: typed.value("name").to_owned(),
            note: typed.value("note").to_owned(),
        },
    };
    let once = typed.once(&web.app);
    if source == Source::Untold && !stamp::is_stamped(&web.app.desk, once, caller.0, typed.value("stamp")) {
        // with a key of its own: whoever has written the form knows the one it came with
        let hidden = Hidden::new(&web, once_key(&web.app), caller);
        let page = form_page(&web, &draft, hidden, Shown::Unproven)?;
        return Ok(page.with_status(StatusCode::FORBIDDEN).into_response());
    }
    limit::keep_once(&web.app.desk, caller.0).await?;
    match decision::make(&web.app, &draft, once).await {
        Ok(made) => {
            tracing::info!(decision.id = %made.decision.id, "decision {} is kept", made.decision.id);
            Ok(Fresh::see_other(&urls::decision(&made.maker.to_string()))
                .secret()
                .into_response())
        }
        Err(earnest_app::Error::Invalid(faults)) => {
            let page = form_page(
                &web,
                &draft,
                Hidden::new(&web, once, caller),
                Shown::Wrong(faults),
            )?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /decisions/{token}`: what the link opens, for whoever has it.
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, Path(token): Path<String>) -> Result<Fresh, Problem> {
    page::show(&web, &token, &page::Filled::default()).await
}

#[cfg(test)]
mod tests;
