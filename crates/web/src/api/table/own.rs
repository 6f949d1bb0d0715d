//! What a person has here beside their work.

use super::{PAGES, run};
use crate::api::call::Call;
use crate::api::operation::{Answering, Operation};
use crate::api::view::{DoneView, HoldView, List, MeView};
use crate::api::{leaving, office, own};

pub(super) fn of_accounts() -> Vec<Operation> {
    vec![
        Operation::put("/me", "rename", "Be called by another name")
            .takes::<own::NewName>(r#"{"name": "Ada Client"}"#)
            .gives::<MeView>(200)
            .run(run!(own::rename)),
        Operation::get(
            "/me/sessions",
            "listSessions",
            "Browsers and programs in which you are signed in",
        )
        .gives::<List<own::SessionView>>(200)
        .run(run!(own::sessions)),
        Operation::post("/me/sessions/{id}/end", "endSession", "Sign one of them out")
            .gives::<DoneView>(200)
            .run(run!(own::end_session)),
        Operation::post(
            "/me/sessions/end-others",
            "endOtherSessions",
            "Sign all out but the one that asks",
        )
        .gives::<DoneView>(200)
        .run(run!(own::end_other_sessions)),
        Operation::post(
            "/me/second-factor/remove",
            "removeSecondFactor",
            "Take the second factor away, right after it was proved",
        )
        .gives::<DoneView>(200)
        .run(run!(own::remove_factor)),
    ]
}

pub(super) fn of_choices() -> Vec<Operation> {
    vec![
        Operation::get("/me/notices", "listNotices", "What you are mailed about")
            .gives::<List<own::NoticeView>>(200)
            .run(run!(own::notices)),
        Operation::put("/me/notices", "chooseNotices", "Choose what you are mailed about")
            .takes::<own::Choice>(r#"{"topics": []}"#)
            .gives::<List<own::NoticeView>>(200)
            .run(run!(own::choose_notices)),
        Operation::get(
            "/me/holds",
            "listMyHolds",
            "What is stopped of your account, and why",
        )
        .gives::<List<HoldView>>(200)
        .run(run!(own::holds)),
        Operation::post(
            "/me/holds/{id}/appeal",
            "appealHold",
            "Say what is wrong about a hold, once",
        )
        .takes::<own::Complaint>(r#"{"reason": "The account is in my former name."}"#)
        .gives::<List<HoldView>>(200)
        .run(run!(own::appeal_hold)),
        Operation::get(
            "/me/audit",
            "getMyAudit",
            "What was done about your account, by operators and by you",
        )
        .query(PAGES)
        .gives::<List<office::AuditView>>(200)
        .run(run!(office::my_audit)),
    ]
}

pub(super) fn of_leaving() -> Vec<Operation> {
    vec![
        Operation::get(
            "/me/data",
            "getMyData",
            "All that is kept about you, as a ZIP archive; needs your second factor, where you have one",
        )
        .gives_other("application/zip")
        .run(run!(leaving::data)),
        Operation::get(
            "/me/deletion",
            "getMyDeletion",
            "Whether your account is to be deleted, and what is in the way",
        )
        .gives::<leaving::LeavingView>(200)
        .run(run!(leaving::look)),
        Operation::post(
            "/me/deletion",
            "deleteMyAccount",
            "Have your account deleted in seven days; needs your second factor, where you have one",
        )
        .takes::<leaving::Address>(r#"{"email": "ada@client.example"}"#)
        .gives::<leaving::LeavingView>(202)
        .run(run!(leaving::ask)),
        Operation::post(
            "/me/deletion/cancel",
            "keepMyAccount",
            "Keep your account after all",
        )
        .gives::<DoneView>(200)
        .run(run!(leaving::cancel)),
    ]
}
