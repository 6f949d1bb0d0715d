//! The only place with HTTP, HTML and JSON.
