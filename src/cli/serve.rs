//! `assentry serve`: the proxy.
//!
//! The rule: everything that can be wrong is found before the first connection is accepted, and what is under way when
//! the signal comes may finish.

use std::{
    future::{Future, pending},
    io::Write as _,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::timeout,
};

use super::{Exit, Trouble};
use crate::{
    admin::{Admin, Open},
    config::Config,
    exchange::Site,
    ledger::{self, ControlSocket, LedgerSettings, serve_control},
    receipts,
    reload::{Baseline, Reloader, Serving},
    server::{Peer, Server},
};

/// How long receipts may take to be written when the server stops.
const LAST_RECEIPTS: Duration = Duration::from_secs(10);

/// Serve what the configuration says.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = "assentry.yaml", env = "ASSENTRY_CONFIG")]
    pub config: PathBuf,
    /// Only check the configuration, its policies, keys and certificates, and where ledger and receipts go; listen
    /// nowhere.
    #[arg(long)]
    pub check: bool,
}

/// A proxy that listens and does not accept yet.
pub struct Proxy {
    site: Arc<Site>,
    server: Server,
    control: ControlSocket,
    admin: Option<Admin>,
    reloader: Reloader,
}

/// Runs the verb, until a signal ends it.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &ServeArgs) -> Result<Exit, Trouble> {
    let config = Config::load(&args.config).map_err(failed)?;
    if args.check {
        config.check().map_err(failed)?;
        let mut out = std::io::stdout();
        let kept = config.retention.receipts.map_or_else(
            || "receipts are kept until somebody deletes them".to_owned(),
            |span| format!("receipts are deleted after {span}"),
        );
        writeln!(out, "`{}` can be served; {kept}", args.config.display())
            .map_err(|error| (error.to_string(), Exit::Failed))?;
        return Ok(Exit::Done);
    }
    let proxy = Proxy::open(&config).await?;
    if let Some(address) = proxy.admin_address() {
        tracing::info!(%address, "listening for the operator");
    }
    for address in proxy.addresses() {
        tracing::info!(%address, "listening");
    }
    let stop = asked_to_stop().map_err(no_signals)?;
    proxy.serve(stop).await;
    Ok(Exit::Done)
}

impl Proxy {
    /// Opens everything the configuration names.
    ///
    /// # Errors
    /// In words, with an exit code.
    pub async fn open(config: &Config) -> Result<Self, Trouble> {
        let baseline = Baseline::of(config);
        let site = config.site().await.map_err(failed)?;
        let control = control(&config.ledger)?;
        Self::listen(config, baseline, site, control).await
    }

    /// The same where the control socket is held already.
    ///
    /// # Errors
    /// In words, with an exit code.
    pub(super) async fn open_behind(control: ControlSocket, config: &Config) -> Result<Self, Trouble> {
        let baseline = Baseline::of(config);
        let site = config.site().await.map_err(failed)?;
        Self::listen(config, baseline, site, control).await
    }

    async fn listen(
        config: &Config,
        baseline: Baseline,
        site: Site,
        control: ControlSocket,
    ) -> Result<Self, Trouble> {
        let server = Server::bind(&config.listeners, (&config.limits).into(), (&config.timeouts).into())
            .await
            .map_err(|error| failed(error.into()))?;
        let admin = match &config.admin {
            Some(admin) => Some(Admin::bind(admin).await.map_err(|error| failed(error.into()))?),
            None => None,
        };
        let site = Arc::new(site);
        let serving = Serving {
            site: Arc::clone(&site),
            listeners: server.live(),
            admin: admin.as_ref().map(Admin::live),
        };
        let reloader = Reloader::new(serving, config, baseline).map_err(no_signals)?;
        Ok(Self { site, server, control, admin, reloader })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.server.addresses()
    }

    /// Where it listens for the operator.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref()?.address()
    }

    /// Serves until `stop`, then lets what is under way finish and writes every receipt.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { site, server, control, admin, reloader } = self;
        let open = Arc::new(Open::default());
        let mut beside = JoinSet::new();
        if let Some(admin) = admin {
            beside.spawn(admin.serve(Arc::clone(&site), Arc::clone(&open), pending()));
        }
        for route in site.routes().all() {
            route.start().await;
        }
        beside.spawn(serve_control(site.ledger.clone(), control, reloader.caller()));
        beside.spawn(reloader.run());
        beside.spawn(ledger::retention::keep(site.ledger.clone(), Arc::clone(&site.metrics)));
        beside.spawn(receipts::retention::keep(Arc::clone(&site.receipts), Arc::clone(&site.metrics)));
        let handler = {
            let site = Arc::clone(&site);
            move |request, peer: Arc<Peer>| {
                let site = Arc::clone(&site);
                async move { site.exchange(request, peer).await }
            }
        };
        open.set(true);
        let stop = async {
            stop.await;
            open.set(false);
        };
        server.serve(handler, stop).await;
        beside.shutdown().await;
        if timeout(LAST_RECEIPTS, site.receipts.close()).await.is_err() {
            tracing::error!("some receipts could not be written");
        }
    }
}

/// Makes sure that nobody else serves the ledger, for as long as the socket lives.
pub(super) fn control(ledger: &LedgerSettings) -> Result<ControlSocket, Trouble> {
    ControlSocket::bind(ledger).map_err(|error| (format!("error: {error}"), Exit::Failed))
}

fn failed(error: crate::config::ConfigError) -> Trouble {
    (error.to_string(), Exit::Failed)
}

fn no_signals(error: std::io::Error) -> Trouble {
    (format!("error: can't listen for signals: {error}"), Exit::Failed)
}

/// Resolves at SIGTERM or SIGINT.
pub(super) fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
