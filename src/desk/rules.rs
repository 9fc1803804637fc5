//! What the desk goes by, as far as it can change while it serves.

use std::{sync::Arc, time::Duration};

use super::{
    settings::{DeskSettings, Elsewhere},
    texts::Texts,
};
use crate::identify::{Identifier, Network};

/// What the desk goes by, as far as it can change while it serves.
#[derive(Debug)]
pub struct Rules {
    pub(super) identifier: Identifier,
    pub(super) session: Duration,
    pub(super) links: Duration,
    pub(super) languages: Vec<String>,
    pub(super) frame_ancestors: Vec<String>,
    pub(super) behind: Vec<Network>,
    /// What is known about people outside of Assentry.
    pub elsewhere: Vec<Elsewhere>,
    /// Whom people may write to.
    pub contact: Option<Arc<str>>,
}

impl Rules {
    /// What these settings say; the identifier is made from them and from what the configuration says for all.
    pub fn new(settings: &DeskSettings, identifier: Identifier) -> Self {
        let DeskSettings { session, links, languages, frame_ancestors, behind, elsewhere, contact, .. } =
            settings;
        Self {
            identifier,
            session: session.0,
            links: links.0,
            languages: languages.clone(),
            frame_ancestors: frame_ancestors.clone(),
            behind: behind.clone(),
            elsewhere: elsewhere.clone(),
            contact: contact.as_deref().map(Arc::from),
        }
    }

    /// Fetches the keys that are fetched, and keeps them fresh. What could not be had is logged, and tried again.
    pub async fn start(&self) {
        drop(self.identifier.start().await);
    }

    /// The texts in the language that is asked for.
    pub(super) fn texts(&self, lang: Option<&str>, accepted: &str) -> &'static Texts {
        Texts::asked_for(&self.languages, lang, accepted)
    }
}
