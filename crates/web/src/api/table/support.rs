//! What support works through.

use earnest_hire::person::Role;

use super::{CURSOR, LIMIT, Parameter, run};
use crate::api::call::Call;
use crate::api::operation::{Access, Answering, Operation};
use crate::api::support;
use crate::api::view::{DoneView, List};

const RAISED: &[Parameter] = &[
    Parameter {
        name: "waiting",
        meaning: "`true`: only those that nobody has answered and that are not over.",
        kind: "boolean",
    },
    CURSOR,
    LIMIT,
];

pub(super) fn of_requests() -> Vec<Operation> {
    let support = |operation: Operation| operation.by(Access::Office(Role::Support));
    vec![
        support(Operation::get(
            "/office/requests",
            "listRaisedRequests",
            "All requests, the newest first",
        ))
        .query(RAISED)
        .gives::<List<support::RaisedView>>(200)
        .run(run!(support::requests)),
        support(Operation::get(
            "/office/requests/{id}",
            "getRaisedRequest",
            "One request with what was done about it, and the experts who fit it best",
        ))
        .gives::<support::RequestFile>(200)
        .run(run!(support::one_request)),
        support(Operation::post(
            "/office/requests/{id}/replied",
            "noteReply",
            "Note that you have answered it in another way",
        ))
        .gives::<DoneView>(200)
        .run(run!(support::replied)),
        support(Operation::get(
            "/office/replies",
            "getReplies",
            "How soon requests were first answered",
        ))
        .gives::<support::RepliesView>(200)
        .run(run!(support::replies)),
    ]
}

pub(super) fn of_experts() -> Vec<Operation> {
    let support = |operation: Operation| operation.by(Access::Office(Role::Support));
    vec![
        support(Operation::get(
            "/office/experts",
            "listDueExperts",
            "Profiles to vet, those that wait longest first",
        ))
        .gives::<List<support::DueView>>(200)
        .run(run!(support::experts)),
        support(Operation::get(
            "/office/experts/{id}",
            "getExpertFile",
            "One profile with what the office made of it",
        ))
        .gives::<support::ExpertFile>(200)
        .run(run!(support::one_expert)),
    ]
}
