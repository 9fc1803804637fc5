//! The desk's pages: a view model in, HTML out.
//!
//! The rule: every text that is not ours is escaped where it is written, which the templates do by themselves; no page needs a
//! script, has one within it, or loads anything from elsewhere. What would defeat it is `|safe` in a template; a test looks for it.

use askama::Template;

use super::{
    decisions::History,
    exchanges::Exchanges,
    overview::{Choice, Overview},
    problem::Problem,
    rights::Requests,
    texts::Texts,
};

/// What every page has.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its texts.
    pub t: &'static Texts,
    /// The languages there are, by tag.
    pub languages: Vec<String>,
    /// What its forms carry; empty where nobody has entered.
    pub form: String,
    /// What was done just now, by the key of its text.
    pub done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "desk.html", config = "src/desk/askama.toml")]
struct DeskPage<'a> {
    f: &'a Frame,
    overview: &'a Overview,
    requests: &'a Requests,
}

#[derive(Template)]
#[template(path = "history.html", config = "src/desk/askama.toml")]
struct HistoryPage<'a> {
    f: &'a Frame,
    exchanges: &'a Exchanges,
    decisions: &'a History,
    only_withheld: bool,
}

#[derive(Template)]
#[template(path = "erase.html", config = "src/desk/askama.toml")]
struct ErasePage<'a> {
    f: &'a Frame,
}

#[derive(Template)]
#[template(path = "enter.html", config = "src/desk/askama.toml")]
struct EnterPage<'a> {
    f: &'a Frame,
    token: &'a str,
}

#[derive(Template)]
#[template(path = "panel.html", config = "src/desk/askama.toml")]
struct PanelPage<'a> {
    f: &'a Frame,
}

#[derive(Template)]
#[template(path = "farewell.html", config = "src/desk/askama.toml")]
struct FarewellPage<'a> {
    f: &'a Frame,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/desk/askama.toml")]
struct ProblemPage<'a> {
    f: &'a Frame,
    text: &'a str,
    slug: &'a str,
}

/// The desk itself.
pub(super) fn desk(f: &Frame, overview: &Overview, requests: &Requests) -> Result<String, Problem> {
    html(&DeskPage { f, overview, requests })
}

/// What was done, and what was decided.
pub(super) fn history(
    f: &Frame,
    exchanges: &Exchanges,
    decisions: &History,
    only_withheld: bool,
) -> Result<String, Problem> {
    html(&HistoryPage { f, exchanges, decisions, only_withheld })
}

/// Whether everything shall be erased.
pub(super) fn erase(f: &Frame) -> Result<String, Problem> {
    html(&ErasePage { f })
}

/// One button, so that whatever looks at links does not use them up.
pub(super) fn enter(f: &Frame, token: &str) -> Result<String, Problem> {
    html(&EnterPage { f, token })
}

/// What other pages embed; its script asks the API.
pub(super) fn panel(f: &Frame) -> Result<String, Problem> {
    html(&PanelPage { f })
}

/// After leaving; what is said has this key.
pub(super) fn farewell(f: &Frame, text: &'static str) -> Result<String, Problem> {
    html(&FarewellPage { f, text })
}

/// Why something was not done.
pub(super) fn problem(f: &Frame, problem: Problem) -> String {
    let slug = problem.slug();
    let key = format!("problem.{slug}");
    let page = ProblemPage { f, text: f.t.say(&key), slug };
    page.render().unwrap_or_else(|_| problem.title().to_owned())
}

fn html(page: &impl Template) -> Result<String, Problem> {
    page.render().map_err(|error| {
        tracing::error!(%error, "a page can't be written");
        Problem::Internal
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn no_page_writes_a_text_unescaped_or_has_a_script_or_a_style_within_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk/pages");
        let mut pages = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for word in
                ["|safe", "| safe", "<script>", "<style", " style=", " onclick=", "javascript:", "//cdn"]
            {
                assert!(!text.contains(word), "{word}");
            }
            pages += 1;
        }
        assert!(pages >= 8);
    }
}
