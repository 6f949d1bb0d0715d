//! Operations about comparisons that keep something: deciding together.

use super::super::operation::{Access, Operation};
use super::super::view::DoneView;
use super::{Answering, Call, decisions, run};

/// What programs do with a decision. All by links: whoever has the token of one may, and none of it has a key, which would be
/// kept with the token in its scope.
pub(super) fn of_decisions() -> Vec<Operation> {
    let by_link = |operation: Operation| operation.by(Access::Anyone).keyless();
    vec![
        by_link(Operation::post(
            "/decisions",
            "createDecision",
            "Keep a state of a comparison, to be decided on together",
        ))
        .takes::<decisions::NewDecision>(
            r#"{"title": "What do we build the next service in?", "comparison": "python-vs-nodejs-for-backend-hiring", "state": "w.talent=3", "name": "Ada"}"#,
        )
        .gives::<decisions::MadeView>(201)
        .run(run!(decisions::make)),
        by_link(Operation::get(
            "/decisions/{id}",
            "getDecision",
            "What a link opens: everybody's weights, what they come to, and who would change it",
        ))
        .gives::<decisions::DecisionView>(200)
        .run(run!(decisions::show)),
        by_link(Operation::post(
            "/decisions/{id}/participants",
            "joinDecision",
            "Say what matters to you, and get a link of your own",
        ))
        .takes::<decisions::NewPosition>(POSITION)
        .gives::<decisions::SaidView>(201)
        .run(run!(decisions::join)),
        by_link(Operation::put(
            "/decisions/{id}/position",
            "changePosition",
            "Say something else, by your own link",
        ))
        .takes::<decisions::NewPosition>(POSITION)
        .gives::<decisions::SaidView>(200)
        .run(run!(decisions::change)),
        by_link(Operation::post(
            "/decisions/{id}/withdraw",
            "withdrawPosition",
            "Take back what you said, by your own link",
        ))
        .gives::<DoneView>(200)
        .run(run!(decisions::withdraw)),
        by_link(Operation::post(
            "/decisions/{id}/delete",
            "deleteDecision",
            "Delete it with all that was said, by its maker's link",
        ))
        .gives::<DoneView>(200)
        .run(run!(decisions::delete)),
    ]
}

const POSITION: &str =
    r#"{"name": "Ben", "weights": {"performance": 30, "talent": 70}, "note": "We hire in spring."}"#;
