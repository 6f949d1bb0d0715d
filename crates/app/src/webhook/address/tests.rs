use super::*;

#[test]
fn a_receiver_is_on_the_public_internet_and_talked_to_over_tls() {
    for (url, authority, path) in [
        ("https://example.org", "example.org", "/"),
        (
            "https://Example.ORG/hooks/1?key=a%20b",
            "example.org",
            "/hooks/1?key=a%20b",
        ),
        ("https://example.org?x", "example.org", "/?x"),
        ("https://example.org:8443/x", "example.org:8443", "/x"),
        ("https://93.184.215.14/x", "93.184.215.14", "/x"),
        (
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:444/",
            "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:444",
            "/",
        ),
        ("https://xn--bcher-kva.example/x", "xn--bcher-kva.example", "/x"),
    ] {
        let read = Destination::read(url, None).unwrap();
        assert_eq!((read.authority().as_str(), read.path.as_str()), (authority, path));
        assert_eq!(read.scheme, Scheme::Https);
    }
}

/// Each leads into our own network, or is spelt so that two readers may read two things.
const FORBIDDEN: &[&str] = &[
    "http://example.org/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254:8080/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://00000127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.0.0.1.0/",
    "https://256.256.256.256/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://db.lan/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[::1/",
    "https://[127.0.0.1]/",
    "https://[::1]evil.example/",
    "https://user@127.0.0.1/",
    "https://example.org@127.0.0.1/",
    "https://example.org:80@127.0.0.1/",
    "https://127.0.0.1#@example.org/",
    "https://127.0.0.1\\@example.org/",
    "https://example.org\\.evil.example/",
    "https://example.org:0/",
    "https://example.org:65536/",
    "https://example.org:+443/",
    "https://example.org:443:80/",
    "https://example.org./",
    "https://-a.example/",
    "https://.example/",
    "https://a..example/",
    "https://example/",
    "https://①②⑦.⓪.⓪.①/",
    "https://１２７.0.0.1/",
    "https://ⓛocalhost.example/",
    "https://example.org /",
    "https://example.org/\r\nhost: evil",
    "https://",
    "https:///x",
    "https:/example.org",
    "https:example.org",
    "HTTPS://example.org/",
    "//example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "unix:/run/x.sock",
    "javascript:alert(1)",
    "",
];

#[test]
fn whatever_leads_inside_is_refused_where_it_is_saved() {
    assert!(FORBIDDEN.len() >= 60);
    for url in FORBIDDEN {
        assert!(Destination::read(url, None).is_err(), "{url}");
        let allowed = "127.0.0.1:9".parse().ok();
        assert!(Destination::read(url, allowed).is_err(), "{url}");
    }
    assert!(Destination::read(&format!("https://example.org/{}", "a".repeat(500)), None).is_err());
}

#[test]
fn a_name_that_resolves_inside_is_refused_where_it_is_dialled() {
    let destination = Destination::read("https://example.org/", None).unwrap();
    let public: SocketAddr = "93.184.215.14:443".parse().unwrap();
    assert_eq!(destination.fit(&[public], None), Ok(public));
    assert_eq!(destination.fit(&[], None), Err(Unfit::Inside));
    for inside in [
        "127.0.0.1:443",
        "[::1]:443",
        "10.1.2.3:443",
        "[::ffff:10.1.2.3]:443",
        "169.254.169.254:443",
        "[fd00::1]:443",
    ] {
        let inside: SocketAddr = inside.parse().unwrap();
        for found in [vec![inside], vec![public, inside], vec![inside, public]] {
            assert_eq!(destination.fit(&found, None), Err(Unfit::Inside), "{inside}");
            assert_eq!(
                destination.fit(&found, Some(inside)),
                Err(Unfit::Inside),
                "a name is never the allowed one"
            );
        }
    }
}

#[test]
fn one_receiver_on_this_machine_may_be_allowed() {
    let allowed: SocketAddr = "127.0.0.1:4711".parse().unwrap();
    let read = Destination::read("http://127.0.0.1:4711/hook", Some(allowed)).unwrap();
    assert_eq!(read.fit(&[allowed], Some(allowed)), Ok(allowed));
    for url in [
        "http://127.0.0.1:4712/hook",
        "http://127.0.0.2:4711/hook",
        "http://localhost:4711/hook",
    ] {
        assert!(Destination::read(url, Some(allowed)).is_err(), "{url}");
    }
}
