//! Where programs are told of news.

/// Where programs of whoever is signed in are told of news.
pub fn webhooks() -> &'static str {
    "/me/webhooks"
}

/// What one of them was told before a delivery.
pub fn webhook_log(id: &str, before: &str) -> String {
    format!("/me/webhooks?of={id}&before={before}#{id}")
}

/// Where something is done about one of them.
pub fn webhook_act(id: &str, act: &str) -> String {
    format!("/me/webhooks/{id}/{act}")
}
