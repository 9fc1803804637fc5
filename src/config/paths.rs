//! The files that a configuration names. Relative paths begin in its own folder, wherever the program was started.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::Config;
use crate::{
    ledger::{LedgerSettings, MasterSource, OutboxSettings},
    tls::TlsSettings,
    yaml,
};

impl Config {
    /// Makes every relative path begin in `folder`.
    pub(super) fn rebase(&mut self, folder: &Path) {
        let Self { listeners, routes, detectors, ledger, receipts, admin, desk, .. } = self;
        let tls = listeners.iter_mut().map(|listener| &mut listener.tls);
        let tls = tls.chain(admin.iter_mut().map(|admin| &mut admin.tls));
        for tls in tls.chain(desk.iter_mut().map(|desk| &mut desk.tls)).flatten() {
            for pair in &mut tls.certificates {
                rebase(&mut pair.certificate, folder);
                rebase(&mut pair.key, folder);
            }
            tls.client_authority.iter_mut().for_each(|path| rebase(path, folder));
        }
        let token = admin.iter_mut().filter_map(|admin| admin.token.as_mut());
        for key in token.map(|token| &mut token.key) {
            [&mut key.file, &mut key.jwks_file].into_iter().flatten().for_each(|path| rebase(path, folder));
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
        if let Some(desk) = desk {
            let webhook = desk.webhook.iter_mut().flat_map(OutboxSettings::files_mut);
            let keys = [&mut desk.signing_key].into_iter().chain(&mut desk.old_keys).chain(webhook);
            keys.for_each(|path| rebase(path, folder));
        }
        detectors
            .values_mut()
            .flat_map(|detector| detector.files_mut())
            .for_each(|path| rebase(path, folder));
        rebase_ledger(ledger, folder);
        receipts.file.iter_mut().filter(|path| path.as_os_str() != "-").for_each(|path| rebase(path, folder));
    }

    /// Every file that is read to serve this: the configuration itself, policies, certificates, keys.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        let Self { listeners, routes, subjects, detectors, ledger, admin, desk, path, .. } = self;
        let listening = listeners.iter().filter_map(|listener| listener.tls.as_ref());
        let listening = listening.chain(admin.iter().filter_map(|admin| admin.tls.as_ref()));
        let listening = listening.chain(desk.iter().filter_map(|desk| desk.tls.as_ref()));
        let upstream = routes.iter().filter_map(|route| route.upstream.0.tls.as_ref());
        let folder = path.parent().unwrap_or(Path::new(""));
        let desks = desk.iter().filter_map(|desk| desk.subjects.as_ref());
        let subjects =
            routes.iter().filter_map(|route| route.subjects.as_ref()).chain([subjects]).chain(desks);
        let subjects = subjects.flatten();
        let tokens = routes.iter().filter_map(|route| route.consent_token.as_ref());
        let keys = subjects.flat_map(|source| source.files()).chain(tokens.flat_map(|token| token.files()));
        let keys = keys.map(|path| folder.join(path));
        let access = admin.iter().filter_map(|admin| admin.token.as_ref()).flat_map(|token| token.files());
        let keys = keys.chain(access.map(Path::to_owned));
        let services = ledger.http.iter().chain(&ledger.veto).flat_map(|service| service.files());
        let services = services.chain(detectors.values().flat_map(|detector| detector.files()));
        let keys = keys.chain(services.map(Path::to_owned));
        let policies = routes.iter().flat_map(|route| [Some(&route.policy), route.shadow.as_ref()]);
        let profiles = routes.iter().filter_map(super::RouteSettings::profile_file);
        let policies = policies.flatten().cloned();
        let tls = listening.flat_map(TlsSettings::files).chain(upstream.flat_map(|tls| tls.files()));
        tls.map(Path::to_owned).chain(keys).chain(policies).chain(profiles).chain([path.clone()]).collect()
    }
}

pub(super) fn rebase_ledger(ledger: &mut LedgerSettings, folder: &Path) {
    rebase(&mut ledger.path, folder);
    ledger
        .postgres
        .iter_mut()
        .filter_map(|server| server.password_file.as_mut())
        .for_each(|path| rebase(path, folder));
    let services = ledger.http.iter_mut().chain(&mut ledger.veto);
    services.flat_map(|service| service.files_mut()).for_each(|path| rebase(path, folder));
    ledger.key.iter_mut().for_each(|path| rebase(path, folder));
    for master in ledger.master_key.iter_mut().chain(&mut ledger.old_master_keys) {
        match master {
            MasterSource::File(path) => rebase(path, folder),
            MasterSource::Env(_) => {}
        }
    }
}

/// What a text says about the ledger, whatever else is wrong with it: the lines from `ledger:` to the next that begins
/// at the margin. Where it says nothing, the ledger is where it is by default.
pub(super) fn ledger_alone(text: &str) -> Option<LedgerSettings> {
    #[derive(Deserialize)]
    struct Alone {
        ledger: LedgerSettings,
    }
    let at_margin = |line: &str| line.starts_with(|c: char| !c.is_whitespace() && c != '#');
    let mut lines = text.lines().skip_while(|line| !line.starts_with("ledger:"));
    let Some(first) = lines.next() else {
        return (!text.contains("ledger")).then(LedgerSettings::default);
    };
    let block: Vec<&str> = [first].into_iter().chain(lines.take_while(|line| !at_margin(line))).collect();
    yaml::typed::<Alone>(&block.join("\n")).ok().map(|alone| alone.ledger)
}

fn rebase(path: &mut PathBuf, folder: &Path) {
    if path.is_relative() {
        *path = folder.join(&*path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_is_found_in_a_file_that_is_otherwise_broken() {
        let path = |text: &str| ledger_alone(text).map(|ledger| ledger.path.display().to_string());
        let broken = "routes: [\n  ledger: no\n";
        assert_eq!(path(&format!("{broken}ledger: {{path: a.db}}\nmore: ]")), Some("a.db".to_owned()));
        assert_eq!(
            path(&format!("ledger:\n  path: b.db\n# so\n\n  cache: 7\n{broken}")),
            Some("b.db".to_owned())
        );
        assert_eq!(path("routes: ["), Some("assentry.db".to_owned()), "nothing said");
        for unclear in
            ["{ledger: {path: c.db}, routes: [", "ledger: {path: d.db\nroutes: []", "ledger: {pth: e.db}"]
        {
            assert_eq!(path(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn every_file_that_is_read_is_known() {
        let folder = Path::new("/etc/assentry");
        let text = "
listeners: [{address: 127.0.0.1:1, tls: {certificates: [{certificate: a.pem, key: a.key}], client_authority: ca.pem}}]
admin: {address: 127.0.0.1:2, tls: {certificates: [{certificate: b.pem, key: b.key}]}}
desk:
  address: 127.0.0.1:3
  url: https://privacy.example.com/
  tls: {certificates: [{certificate: d.pem, key: d.key}]}
  subjects: [signed_cookie: {name: d, key: {file: entering.key}}]
ledger: {http: {url: 'https://consent', tls: {roots: f.pem, certificate: e.pem, key: e.key}, webhook: {key: push.key}}}
detectors: {names: {url: 'https://names', token_file: names.token, tls: {roots: g.pem, certificate: h.pem, key: h.key}}}
subjects:
  - jwt: {algorithm: HS256, key: {file: jwt.key}, issuer: i, audience: a}
  - signed_cookie: {name: s, key: {file: cookie.key}}
routes:
  - name: one
    path: /
    policy: one.yaml
    shadow: two.yaml
    subjects: [jwt: {algorithm: ES256, key: {jwks_file: jwks.json}, issuer: i, audience: a}]
    consent_token: {algorithm: ES256, key: {jwks_file: yes.json}, issuer: i, audience: b, namespace: jwt}
    upstream: {addresses: https://bot, tls: {roots: roots.pem, certificate: c.pem, key: c.key}}
";
        let mut config: Config = yaml::typed(text).unwrap();
        config.path = folder.join("assentry.yaml");
        config.rebase(folder);
        let files: Vec<String> = config.files().iter().map(|path| path.display().to_string()).collect();
        let names: Vec<&str> =
            files.iter().map(|path| path.strip_prefix("/etc/assentry/").unwrap()).collect();
        let expected = "a.key a.pem assentry.yaml b.key b.pem c.key c.pem ca.pem cookie.key d.key d.pem e.key e.pem entering.key f.pem g.pem h.key h.pem jwks.json jwt.key names.token one.yaml push.key roots.pem two.yaml yes.json";
        assert_eq!(names.join(" "), expected);
    }
}
