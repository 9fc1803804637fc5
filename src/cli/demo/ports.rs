//! Where everything of the demo listens.

use std::{io, net::TcpListener};

use super::{DemoArgs, bot::Bot};

/// The ports, all on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    /// The proxy, with TLS.
    pub(super) tls: u16,
    /// The proxy for browsers.
    pub(super) page: u16,
    /// The desk.
    pub(super) desk: u16,
    /// The operator's listener.
    pub(super) admin: u16,
    /// The sample bot.
    pub(super) bot: u16,
}

impl Ports {
    /// Those that were asked for, and free ones for the rest: addresses of one stand in the configuration of another, so
    /// none can wait until it is bound.
    pub(super) fn choose(args: &DemoArgs, bot: &Bot) -> io::Result<Self> {
        let free = || TcpListener::bind("127.0.0.1:0");
        let found = [free()?, free()?, free()?, free()?]; // held together, so that they differ
        let mut found = found.iter().map(|listener| listener.local_addr().map(|address| address.port()));
        let mut port = |asked: u16, flag: &str| match asked {
            0 => found.next().unwrap_or(Ok(0)),
            asked => TcpListener::bind(("127.0.0.1", asked)).map(|_| asked).map_err(|error| {
                let words =
                    format!("port {asked}: {error}; give another with `{flag}`, or 0 for any that is free");
                io::Error::new(error.kind(), words)
            }),
        };
        Ok(Self {
            tls: port(args.port, "--port")?,
            page: port(args.page_port, "--page-port")?,
            desk: port(args.desk_port, "--desk-port")?,
            admin: port(0, "")?,
            bot: bot.address()?.port(),
        })
    }

    /// The origin of the page.
    pub(super) fn page(&self) -> String {
        format!("http://localhost:{}", self.page)
    }

    /// The desk: another host than the page's, because cookies know no ports.
    pub(super) fn desk(&self) -> String {
        format!("http://127.0.0.1:{}/", self.desk)
    }

    /// The bot itself, beside the proxy.
    pub(super) fn bot(&self) -> String {
        format!("http://127.0.0.1:{}/", self.bot)
    }

    /// Host and port of the operator's listener.
    pub(super) fn admin(&self) -> String {
        format!("127.0.0.1:{}", self.admin)
    }
}
