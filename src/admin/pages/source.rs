//! The text of a policy with its lines numbered, so that a rule can be pointed at.

use maud::{Markup, html};

/// The whole text; `L12` is the id of its twelfth line.
pub(super) fn shown(text: &str) -> Markup {
    html! {
        div .source role="region" aria-label="Source text" tabindex="0" {
            ol {
                @for (at, line) in text.lines().enumerate() {
                    @let number = at + 1;
                    li id={ "L" (number) } {
                        a href={ "#L" (number) } aria-label={ "Line " (number) } { (number) }
                        code { (line) }
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
    fn lines_are_numbered_from_one_and_nothing_in_them_is_markup() {
        let shown = shown("policy: a\n# <script>alert(1)</script> & \"so\"\n").into_string();
        assert!(
            shown.contains("<li id=\"L1\">") && shown.contains("<li id=\"L2\">") && !shown.contains("L3")
        );
        assert!(shown.contains("# &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;"), "{shown}");
    }
}
