//! Whose address counts.

use axum::http::HeaderValue;

use super::*;
use crate::testing;

fn caller(proxies: &str, origin: &str, peer: &str, lines: &[&'static str]) -> Option<String> {
    let mut site = testing::site();
    site.proxies = proxies.parse().unwrap();
    site.origin = origin.to_owned();
    let web = testing::web_with(site);
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
    }
    let caller = Caller::of(&web, peer.parse().unwrap(), &headers);
    caller.0.map(|address| address.to_string())
}

#[test]
fn what_a_stranger_writes_about_itself_is_ignored() {
    let own = "http://hire.example";
    for lines in [
        &[][..],
        &["198.51.100.9"],
        &["127.0.0.1"],
        &["10.0.0.1, 198.51.100.9"],
    ] {
        assert_eq!(caller("", own, "203.0.113.7", lines).unwrap(), "203.0.113.7");
        assert_eq!(
            caller("10.0.0.0/8", own, "203.0.113.7", lines).unwrap(),
            "203.0.113.7"
        );
        assert_eq!(caller("", own, "127.0.0.1", lines).unwrap(), "127.0.0.1");
    }
}

#[test]
fn a_named_proxy_says_it_and_what_stands_before_is_anybodys_invention() {
    let of = |lines: &[&'static str]| {
        caller(
            "127.0.0.1, 10.0.0.0/8, fd00::/8",
            "https://hire.example",
            "127.0.0.1",
            lines,
        )
        .unwrap()
    };
    assert_eq!(of(&["198.51.100.9"]), "198.51.100.9");
    assert_eq!(
        of(&["1.2.3.4, 198.51.100.9"]),
        "198.51.100.9",
        "the last one is the proxy's"
    );
    assert_eq!(
        of(&["1.2.3.4", "198.51.100.9, 10.1.2.3"]),
        "198.51.100.9",
        "through two of ours"
    );
    assert_eq!(of(&["198.51.100.9:4711"]), "198.51.100.9");
    assert_eq!(of(&["[2001:db8::1]:4711"]), "2001:db8::1");
    assert_eq!(of(&["2001:db8::1, fd00::2"]), "2001:db8::1");
    assert_eq!(of(&["::ffff:198.51.100.9"]), "198.51.100.9");
    assert_eq!(
        of(&["1.2.3.4, nonsense"]),
        "127.0.0.1",
        "behind what is none nothing is read"
    );
    assert_eq!(of(&["1.2.3.4, nonsense, 10.1.1.1"]), "10.1.1.1");
    assert_eq!(of(&[]), "127.0.0.1");
}

#[test]
fn behind_a_proxy_that_was_not_named_nobody_keeps_out_all_others() {
    assert_eq!(
        caller("", "https://hire.example", "127.0.0.1", &["198.51.100.9"]),
        None
    );
    assert_eq!(
        caller("", "https://hire.example", "203.0.113.7", &[]).unwrap(),
        "203.0.113.7"
    );
    assert_eq!(
        caller("10.0.0.1", "https://hire.example", "127.0.0.1", &[]).unwrap(),
        "127.0.0.1"
    );
}

#[test]
fn networks_are_read_or_refused() {
    for text in ["", "127.0.0.1", "10.0.0.0/8,192.168.0.0/16", "::1, fd00::/8"] {
        assert!(text.parse::<Proxies>().is_ok(), "{text}");
    }
    for text in [
        "localhost",
        "10.0.0.0/33",
        "10.0.0.0/0",
        "::/0",
        "10.0.0/8",
        "::1/129",
        "1.2.3.4/x",
    ] {
        assert_eq!(text.parse::<Proxies>(), Err(NoNetworks), "{text}");
    }
}
