//! The few pictures that pages have; they say nothing that the text beside them does not.

use maud::{Markup, html};

/// The mark: a shield with a tick.
pub(super) fn mark() -> Markup {
    html! {
        svg viewBox="0 0 32 32" aria-hidden="true" {
            path d="M16 2.5 27.5 7v9c0 7-5 11.6-11.5 13.5C9.5 27.6 4.5 23 4.5 16V7z" {}
            path d="m10.5 16 4 4 7.5-8.5" {}
        }
    }
}

/// A lock, for what can't be switched.
pub(super) fn lock() -> Markup {
    html! {
        svg viewBox="0 0 24 24" aria-hidden="true" {
            rect x="5" y="11" width="14" height="9" rx="2" {}
            path d="M8 11V8a4 4 0 0 1 8 0v3" {}
        }
    }
}
