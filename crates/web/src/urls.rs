//! Every link on the site is made here, so that a path is spelt in two places only: here and in `routes.rs`.

/// The front page.
pub fn home() -> &'static str {
    "/"
}

/// The list of all comparisons.
pub fn comparisons() -> &'static str {
    "/compare"
}

/// One comparison at its default priorities.
pub fn comparison(slug: &str) -> String {
    format!("/compare/{slug}")
}

/// All roles one can hire for.
pub fn hire() -> &'static str {
    "/hire"
}

/// What one role does, costs and is asked in interviews.
pub fn role(slug: &str) -> String {
    format!("/hire/{slug}")
}

/// The form that raises a request.
pub fn new_request() -> &'static str {
    "/requests/new"
}

/// A request that was raised.
pub fn request(id: &str) -> String {
    format!("/requests/{id}")
}

/// How scores, weights and verdicts are made.
pub fn method() -> &'static str {
    "/method"
}

/// Licences of the program and of the fonts it ships.
pub fn licences() -> &'static str {
    "/licences"
}

/// Where the theme switch posts to.
pub fn theme() -> &'static str {
    "/theme"
}
