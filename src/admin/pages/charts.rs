//! Figures as pictures: bars that are drawn here, as SVG within the page.
//!
//! The rule: a picture says nothing that the table beside it does not say in words, and has a text that stands for it. Its colours
//! come from the sheet, so that it can be read in light and dark.

use maud::{Markup, html};

use super::frame::grouped;

/// A bar that fills so much of its width.
pub(super) fn bar(part: u64, whole: u64, text: &str) -> Markup {
    let percent = (part.min(whole) * 100).checked_div(whole).unwrap_or_default();
    html! {
        svg .bar role="img" aria-label=(text) {
            rect .track width="100%" height="100%" rx="4" {}
            rect .fill width={ (percent) "%" } height="100%" rx="4" {}
        }
    }
}

/// One column for each number, in their order; none leaves a gap.
pub(super) fn columns(numbers: &[Option<u64>], text: &str) -> Markup {
    let most = numbers.iter().flatten().copied().max().unwrap_or(0).max(1);
    let width = numbers.len() * 10;
    html! {
        svg .columns role="img" aria-label=(text) viewBox={ "0 0 " (width) " 100" } preserveAspectRatio="none" {
            line .ground x1="0" x2=(width) y1="99.5" y2="99.5" {}
            @for (at, number) in numbers.iter().enumerate() {
                @if let Some(number) = number {
                    @let height = (number * 96 / most).max(1);
                    rect .fill x=(at * 10 + 1) y=(99 - height) width="8" height=(height) {
                        title { (grouped(*number)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_text_and_fills_what_its_numbers_say() {
        let shown = bar(30, 120, "30 of \"120\"").into_string();
        assert!(
            shown.contains("width=\"25%\"") && shown.contains("aria-label=\"30 of &quot;120&quot;\""),
            "{shown}"
        );
        assert!(bar(0, 0, "").into_string().contains("width=\"0%\""));
        let shown = columns(&[Some(10), None, Some(20)], "people").into_string();
        assert_eq!(shown.matches("<rect").count(), 2);
        assert!(shown.contains("height=\"48\"") && shown.contains("height=\"96\""), "{shown}");
    }
}
