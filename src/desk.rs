//! The desk: where the people who chat see what is known about them and what was passed on, decide purpose by purpose, and ask for
//! what is theirs.
//!
//! The rule: whoever stands at the desk sees and decides for themselves and nobody else. Who that is comes from a proven credential or
//! from a session (`entering.rs`), never from a parameter; what changes something comes from the desk's own pages (`origin.rs`); and what
//! is decided goes the way all decisions go, so that it is obeyed when it is acknowledged. What would defeat it is an origin that the
//! desk shares with a bot, whose pages could ask in a person's name; that is an error at load (`settings.rs`).

mod answers;
mod api;
mod clerk;
mod consent_receipt;
mod decisions;
mod download;
mod entering;
mod exchanges;
mod floods;
mod openapi;
mod operations;
mod origin;
mod overview;
mod pages;
mod place;
mod problem;
mod reading;
mod recorded;
mod rights;
mod rules;
mod sentences;
mod settings;
mod shown;
mod signing;
mod statics;
mod texts;
mod visits;

use std::{fmt, net::SocketAddr, sync::Arc};

use http::Request;
use hyper::body::Incoming;

pub use self::{
    clerk::Clerk,
    place::Place,
    rules::Rules,
    settings::{DeskError, DeskSettings, Elsewhere},
};
use crate::{
    exchange::Site,
    server::{Live, Peer, Server},
};

/// The desk's listener, bound and not yet served, and whoever answers there.
pub struct Desk {
    server: Server,
    clerk: Arc<Clerk>,
}

impl Desk {
    /// Binds the listener and reads the keys, which are made where there are none; nothing is accepted yet. From now on the site's
    /// refusals lead here.
    ///
    /// # Errors
    /// [`DeskError`] says what to do.
    pub async fn bind(settings: &DeskSettings, rules: Rules, site: Arc<Site>) -> Result<Self, DeskError> {
        settings.check()?;
        let (limits, timeouts) = DeskSettings::bounds();
        let server = Server::bind(&[settings.listener()], limits, timeouts).await?;
        let clerk = Arc::new(Clerk::new(settings, rules, site)?);
        Ok(Self { server, clerk })
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.addresses().first().copied()
    }

    /// What can be changed of its listener while it serves.
    pub fn live(&self) -> Arc<Live> {
        self.server.live()
    }

    /// Whoever answers.
    pub fn clerk(&self) -> Arc<Clerk> {
        Arc::clone(&self.clerk)
    }

    /// Answers until `shutdown` is ready.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { server, clerk } = self;
        clerk.start().await;
        let answer = move |request: Request<Incoming>, peer: Arc<Peer>| {
            let clerk = Arc::clone(&clerk);
            async move { clerk.answer(request, peer).await }
        };
        server.serve(answer, shutdown).await;
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Desk").field(&self.address()).finish()
    }
}
