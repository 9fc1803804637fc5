use super::*;

/// What may be done at the end of a text.
fn leave(text: &str) -> Leave {
    let hosts: Hosts = ["shop.test"].into_iter().collect();
    let mut place = Place::default();
    place.read(text, &hosts);
    place.leave()
}

#[test]
fn in_plain_text_values_are_restored() {
    for text in [
        "",
        "Write to ",
        "Email:",
        "(",
        "\"",
        "and/or ",
        "x/",
        "3 < 5, so ",
        "a <3 ",
        "10:30 ",
        "https://evil.test/x ",
        "https://evil.test\n",
        "See https://evil.test/x, or write to ",
        "[a](https://evil.test/x) ",
        "![a](https://evil.test/(x) \"title (1)\") ",
        "[a] (",
        "[a]: ",
        "<p>",
        "<p class=\"x\">",
        "<a href=\"https://evil.test/\">",
        "<a href=https://evil.test/?a=b>",
        "<a href='https://evil.test/' title='a>b'>",
        "<br/>",
        "<!-- a --> ",
        "x.y ",
        "&amp;",
        "&quot;",
        "&#39;",
        "邮箱是。",
        "请写信给：",
    ] {
        assert_eq!(leave(text), Leave::Restore, "{text}");
    }
    assert_eq!(leave("Alice <"), Leave::RestoreBracketed);
}

#[test]
fn in_a_link_to_a_listed_host_they_are_restored_encoded() {
    for text in [
        "https://shop.test/",
        "see https://SHOP.test:8443/orders?mail=",
        "http://shop.test?a=1&b=",
        "https://shop.test#",
        "https://shop.test/a/b%20c/",
        "[order](https://shop.test/?mail=",
        "[order](https://shop.test/?mail=a+b&x=%3A",
    ] {
        assert_eq!(leave(text), Leave::Encode, "{text}");
    }
}

#[test]
fn in_a_link_to_anywhere_else_nothing_is() {
    for text in [
        "https://evil.test/",
        "HTTPS://EVIL.TEST/?",
        "https://",
        "https://shop.test",
        "https://shop.test:",
        "https://a.shop.test/",
        "https://shop.test.evil.test/",
        "https://shop.test@evil.test/",
        "https://shop.test:80@evil.test/",
        "https://shop.test\\@evil.test/",
        "https://shop.test%2F@evil.test/",
        "https://shop%2etest/",
        "https://shop.test./",
        "https://ѕhop.test/",
        "https://shop。test/",
        "https://[::1]/",
        "https:/shop.test/",
        "https:shop.test/",
        "https:///shop.test/",
        "https:\\\\shop.test/",
        "xhttps://shop.test/",
        "ftp://shop.test/",
        "javascript://shop.test/%0a",
        "javascript:alert(",
        "data:text/html,",
        "mailto:a@shop.test?body=",
        "x mailto:",
        "邮箱mailto:",
        "tel:",
        "//evil.test/",
        "//shop.test/",
        "\\\\evil.test\\",
        "/\\evil.test/",
        "www.evil.test/",
        "www.",
        "evil.test/?q=",
        "evil.test?",
        "evil.test:80/",
        "evil.test:",
        "10.0.0.1/",
        "a.",
        "sub.",
        "shop.test/",
        "https://evil.test/\"",
        "https://evil.test/'",
        "https://evil.test/>",
        "https://evil.test/)",
        "https://evil.test/]",
        "https://evil.test/|",
        "https://evil.test/<b>",
        "https://evil.test/\u{a0}",
        "https://evil.test/\u{3000}",
        "https://shop.test/)",
        "https://shop.test/\"",
        "https://shop.test/?to=https://evil.test/",
        "https://shop.test/?to=//",
        "https://shop.test/?to=https%3A%2F%2Fevil.test",
        "https://shop.test/?to=%5c",
        "https://shop.test/\\",
        "https&colon;//evil.test/",
        "https&#58;",
        "https&#x3a;&sol;",
        "&sol;",
    ] {
        assert_eq!(leave(text), Leave::Keep, "{text}");
    }
}

#[test]
fn in_the_target_of_a_markdown_link_nothing_is() {
    for text in [
        "![](",
        "[a](/orders/",
        "[a](https://evil.test/ ",
        "[a](<https://evil.test/ ",
        "[a](<//evil.test/) ",
        "[a](<1) ",
        "[a](x (",
        "[a](x(y) ",
        "[a](\\) ",
        "[a](x\\\\\\) ",
        "[a](x \"y) ",
        "[a](\nx ",
        "[a](https://evil.test/x)",
        "](https://evil.test/x)",
        "[a](https&#58;//evil.test/",
    ] {
        assert_eq!(leave(text), Leave::Keep, "{text}");
    }
    assert_eq!(leave("[a](never closed\n \nnext "), Leave::Restore);
}

#[test]
fn in_an_html_tag_nothing_is() {
    for text in [
        "<a ",
        "<a href=",
        "<a href=\"",
        "<img alt='",
        "<img alt=\">",
        "<img alt=\"> ",
        "<img alt=\">\" ",
        "<img alt = ' > ",
        "<img src=//shop.test/",
        "<img src=https://shop.test/",
        "<a\nhref='x' ",
        "</a ",
        "<?xml ",
        "<!-- a ",
        "<x<y ",
        "<p>a<b ",
        "<https://shop.test/",
    ] {
        assert_eq!(leave(text), Leave::Keep, "{text}");
    }
}
