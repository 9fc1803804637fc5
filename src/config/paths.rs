//! Relative paths begin in the folder of the configuration, wherever the program was started.

use std::path::{Path, PathBuf};

use super::Config;

impl Config {
    /// Makes every relative path begin in `folder`.
    pub(super) fn rebase(&mut self, folder: &Path) {
        let Self { listeners, routes, subjects: _, ledger, receipts, limits: _, timeouts: _ } = self;
        for tls in listeners.iter_mut().filter_map(|listener| listener.tls.as_mut()) {
            for pair in &mut tls.certificates {
                rebase(&mut pair.certificate, folder);
                rebase(&mut pair.key, folder);
            }
            tls.client_authority.iter_mut().for_each(|path| rebase(path, folder));
        }
        for route in routes {
            rebase(&mut route.policy, folder);
            route.shadow.iter_mut().for_each(|path| rebase(path, folder));
            if let Some(tls) = &mut route.upstream.0.tls {
                [&mut tls.roots, &mut tls.certificate, &mut tls.key]
                    .into_iter()
                    .flatten()
                    .for_each(|path| rebase(path, folder));
            }
            route.folder = folder.to_owned();
        }
        rebase(&mut ledger.path, folder);
        ledger.key.iter_mut().for_each(|path| rebase(path, folder));
        receipts.file.iter_mut().filter(|path| path.as_os_str() != "-").for_each(|path| rebase(path, folder));
    }
}

fn rebase(path: &mut PathBuf, folder: &Path) {
    if path.is_relative() {
        *path = folder.join(&*path);
    }
}
