//! A ledger for one test, on either database.

use std::time::Duration;

use tempfile::TempDir;

use super::{LedgerSettings, PostgresSettings, Span, cluster::Cluster};

/// Where one test keeps its ledger.
pub struct Home {
    pub settings: LedgerSettings,
    pub folder: TempDir,
}

impl Home {
    /// A file in a folder of its own.
    pub fn sqlite() -> Self {
        Self::with(None)
    }

    /// A database of its own; none where PostgreSQL is not installed.
    pub fn postgres() -> Option<Self> {
        Cluster::shared().map(Self::at)
    }

    /// A database of its own at this server.
    pub fn at(cluster: &Cluster) -> Self {
        Self::with(Some(PostgresSettings::at(&cluster.database()).unwrap()))
    }

    fn with(postgres: Option<PostgresSettings>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings {
            postgres,
            poll: Some(Span(Duration::from_millis(100))),
            stale_after: Span::seconds(2),
            ..LedgerSettings::at(folder.path().join("assentry.db"))
        };
        Self { settings, folder }
    }
}

/// Makes of each of these a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    super::$name(super::Home::sqlite()).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    if let Some(home) = super::Home::postgres() {
                        super::$name(home).await;
                    }
                }
            )*
        }
    };
}
pub(crate) use on_both;
