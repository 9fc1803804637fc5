//! One reading of the files, from the first stamp to routes that are ready to serve.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    task::{JoinSet, spawn_blocking},
    time::sleep,
};

use super::{contents::Contents, fixed, stamps::Stamps};
use crate::{
    config::{Config, ConfigError, Listening},
    desk::Rules,
    exchange::{Served, Site},
    ledger::{Ledger, LedgerError, ServiceFiles},
    route::Routes,
};

/// How often the files are read anew because they changed meanwhile, and how long to wait before that.
const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// Why the new files are not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadError {
    /// They are wrong.
    #[error("{0}")]
    Config(Box<ConfigError>),
    /// The outside consent service could not be asked any more.
    #[error("error: {0}")]
    Service(#[from] LedgerError),
    /// They ask for what can't be done while connections are open.
    #[error("error: `{0}` can't change while assentry runs; put it back, or restart assentry")]
    NeedsRestart(String),
    /// They changed whenever they were read.
    #[error("error: the files keep changing while they are read; reload when they are written")]
    Restless,
    /// Tokens could not be checked any more.
    #[error(
        "error: route `{route}`: the keys for tokens could not be fetched from `{host}`; check the address, or reload when it answers"
    )]
    Keys {
        /// The route.
        route: String,
        /// The host.
        host: String,
    },
    /// We are at fault.
    #[error("error: reading the files broke off; the log says where")]
    Broken,
}

/// What came of a reading, and what the files were like; none when they did not hold still.
pub(super) struct Attempt {
    pub(super) stamps: Option<Stamps>,
    pub(super) result: Result<Box<Ready>, ReloadError>,
}

/// Everything that a reload exchanges.
pub(super) struct Ready {
    pub(super) config: Config,
    pub(super) contents: Contents,
    pub(super) routes: Routes<Served>,
    pub(super) listening: Listening,
    pub(super) desk: Option<Rules>,
    /// None where there is no outside consent service.
    pub(super) service: Option<ServiceFiles>,
}

/// Reads and starts what is to be served in place of `now`.
pub(super) async fn attempt(now: &Arc<Config>, site: &Arc<Site>) -> Attempt {
    for _ in 0..TRIES {
        let (config, serving) = (Arc::clone(now), Arc::clone(site));
        // On a thread where it may take its time: exchanges go on.
        let Ok((attempt, at_rest)) = spawn_blocking(move || read(&config, &serving)).await else {
            return Attempt { stamps: Some(Stamps::of(&now.files())), result: Err(ReloadError::Broken) };
        };
        if at_rest {
            return started(attempt).await;
        }
        sleep(PAUSE).await;
    }
    Attempt { stamps: None, result: Err(ReloadError::Restless) }
}

/// Reads all files; says whether they stayed the same meanwhile.
fn read(now: &Config, site: &Site) -> (Attempt, bool) {
    let mut stamps = Stamps::of(&BTreeSet::from([now.path.clone()]));
    let loaded = Config::load(&now.path);
    stamps.extend(loaded.as_ref().map(Config::files).unwrap_or_default());
    let result = loaded.map_err(ReloadError::from).and_then(|config| put_together(now, config, site));
    let at_rest = stamps == Stamps::of(&stamps.files());
    (Attempt { stamps: Some(stamps), result }, at_rest)
}

fn put_together(now: &Config, config: Config, site: &Site) -> Result<Box<Ready>, ReloadError> {
    let routes = config.routes_after(Some(&site.routes()), &site.metrics)?;
    let listening = config.listening()?;
    let desk = config.desk_rules()?;
    match fixed::changed(now, &config) {
        Some(key) => Err(ReloadError::NeedsRestart(key)),
        None => {
            let service = Ledger::service_files(&config.ledger)?;
            let contents = Contents::of(&config.files());
            Ok(Box::new(Ready { contents, config, routes, listening, desk, service }))
        }
    }
}

/// Fetches what must be fetched. What could not be had before either makes nothing worse.
async fn started(attempt: Attempt) -> Attempt {
    let Attempt { stamps, result: Ok(ready) } = attempt else { return attempt };
    let mut starting = JoinSet::new();
    for route in ready.routes.all() {
        let route = Arc::clone(route);
        starting.spawn(async move { (Arc::clone(&route.name), route.start().await) });
    }
    if let Some(desk) = &ready.desk {
        desk.start().await; // what could not be had is logged, and tried again
    }
    let failed = starting.join_all().await.into_iter().find_map(|(route, unfetched)| {
        let worse = unfetched.into_iter().find(|keys| !keys.known)?;
        Some(ReloadError::Keys { route: route.to_string(), host: worse.host })
    });
    Attempt { stamps, result: failed.map_or(Ok(ready), Err) }
}
