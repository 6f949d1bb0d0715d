//! A page that stayed open while its reader's position was saved from another one: sending it takes nothing back.

use earnest_hire::decision::Participant;
use earnest_hire::field::FieldRefusal;

use crate::compare;
use crate::form::Typed;

/// How much of a newer note is said back; the whole of it stands on the page.
const NOTE_LETTERS: usize = 160;

/// The form as if its page had been made with what is kept now. A field that was not changed on it takes what was kept
/// since; one that was changed both here and elsewhere is somebody's to decide.
pub(super) fn caught_up(typed: &Typed, me: &Participant) -> (Typed, Vec<FieldRefusal>) {
    let mut caught_up = Typed::of(compare::caught_up(typed.pairs().to_vec(), &me.weights));
    let mut meanwhile = Vec::new();
    let note = me.note.as_deref().unwrap_or_default();
    for (field, was, now) in [("name", "was-name", me.name.as_str()), ("note", "was-note", note)] {
        let mut sent = typed.pairs().iter();
        // what a program sends by itself was made from no page
        let Some((_, before)) = sent.find(|(key, _)| key == was) else {
            continue;
        };
        let (before, here) = (plain(before), plain(typed.value(field)));
        if before == now || here == now {
            continue;
        }
        if here == before {
            caught_up.put(field, now.to_owned());
        } else {
            meanwhile.push(FieldRefusal::new(field, "changed_meanwhile", said(field, now)));
        }
    }
    (caught_up, meanwhile)
}

/// A text as it is kept: a browser sends the ends of lines in its own way.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn said(field: &str, now: &str) -> String {
    let shown: String = now.chars().take(NOTE_LETTERS).collect();
    let rest = if shown.len() < now.len() { "…" } else { "" };
    let what = if now.is_empty() {
        format!("your {field} was taken away")
    } else {
        format!("another {field} was saved: “{shown}{rest}”")
    };
    format!("Meanwhile, from another page, {what}. Save again to put what stands here in its place.")
}
