//! What stands around every page.

use http::StatusCode;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::{Page, Room};
use crate::admin::guard::Entrance;

/// Where the pages are, in the order of the menu.
const MENU: [(Room, &str); 6] = [
    (Room::Overview, "Overview"),
    (Room::Report, "Report"),
    (Room::Rules, "Rules"),
    (Room::Policies, "Policies"),
    (Room::Requests, "Requests"),
    (Room::Explain, "Explain"),
];

/// The frame of one page.
pub(super) struct Frame {
    room: Option<Room>,
    entrance: Option<Entrance>,
    title: Option<&'static str>,
}

impl Frame {
    pub(super) fn of(room: Room, entrance: Entrance) -> Self {
        Self { room: Some(room), entrance: Some(entrance), title: None }
    }

    /// For whoever was not let in.
    pub(super) fn nobody(title: &'static str) -> Self {
        Self { room: None, entrance: None, title: Some(title) }
    }

    /// The page with this within.
    pub(super) fn around(&self, within: Markup) -> Page {
        let here = |room| match (self.room, room) {
            (Some(Room::Policy), Room::Policies) => true,
            (Some(here), room) => here == room,
            (None, _) => false,
        };
        let named = MENU.iter().find(|(room, _)| here(*room)).map(|(_, name)| *name);
        let title = self.title.or(named).unwrap_or("Operator");
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · Assentry" }
                    link rel="icon" type="image/svg+xml" href="/static/mark.svg";
                    link rel="stylesheet" href="/static/operator.css";
                }
                body {
                    a .skip href="#main" { "Skip to the content" }
                    header .top {
                        div {
                            a .mark href="/" { img src="/static/mark.svg" alt="" width="28" height="28"; "Assentry" }
                            @if self.entrance.is_some() {
                                nav aria-label="Pages" {
                                    @for (room, name) in MENU {
                                        a href=(room.path()) aria-current=[here(room).then_some("page")] { (name) }
                                    }
                                }
                            }
                            @if let Some(Entrance::Session(session)) = self.entrance {
                                form method="post" action="/sign-out" {
                                    button .quiet title={ "Signed in until " (moment_text(session.until)) } { "Sign out" }
                                }
                            }
                        }
                    }
                    main #main tabindex="-1" { (within) }
                    footer {
                        "Assentry " (env!("CARGO_PKG_VERSION"))
                        " · figures on these pages name nobody; times are UTC"
                    }
                }
            }
        };
        Page::of(markup)
    }

    /// The page says what went wrong, and what to do.
    pub(super) fn failed(&self, status: StatusCode, heading: &str, advice: &str) -> Page {
        let within = html! {
            div .hello { h1 { (heading) } }
            p .said .stop role="alert" { (advice) }
        };
        self.around(within).with_status(status)
    }

    pub(super) fn missing(&self) -> Page {
        let within = html! {
            div .hello {
                h1 { "There is no such page" }
                p {
                    "There are " a href="/" { "the pages" } ", and for machines " code { "/metrics" } ", "
                    code { "/health/live" } ", " code { "/health/ready" } " and " code { "/decisions" } " to POST to."
                }
            }
        };
        self.around(within).with_status(StatusCode::NOT_FOUND)
    }

    pub(super) fn not_allowed(&self) -> Page {
        self.failed(StatusCode::METHOD_NOT_ALLOWED, "There is nothing to send here", "Use GET.")
            .allowing("GET, HEAD")
    }
}

/// A moment, to the second.
pub(super) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (moment_text(at)) } }
}

/// A day.
pub(super) fn day(at: Timestamp) -> Markup {
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (at.strftime("%Y-%m-%d")) } }
}

fn moment_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long, to the two largest units that are not nothing.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let shown: Vec<String> = parts
        .iter()
        .map(|(unit, name)| {
            let count = rest / unit;
            rest %= unit;
            (count, name)
        })
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    if shown.is_empty() { "0 s".to_owned() } else { shown.join(" ") }
}

/// One of many, with its number.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(number)) }
}

/// A number in groups of three digits, with narrow spaces between them.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push('\u{202f}');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    #[test]
    fn spans_and_numbers_read_well() {
        let from = Timestamp::UNIX_EPOCH;
        for (to, shown) in [
            (from, "0 s"),
            (from + 59.seconds(), "59 s"),
            (from + 3_600.seconds(), "1 h 0 min"),
            (from + 187_265.seconds(), "2 d 4 h"),
            (from - 1.second(), "0 s"),
        ] {
            assert_eq!(span(from, to), shown);
        }
        assert_eq!(
            (grouped(999), grouped(1_000), grouped(1_234_567)),
            ("999".into(), "1\u{202f}000".into(), "1\u{202f}234\u{202f}567".into())
        );
    }
}
