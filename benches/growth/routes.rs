//! More routes, each with a policy file of its own.

use std::{fmt::Write as _, fs, hint::black_box, path::Path};

use assentry::config::Config;
use http::Request;

use crate::{
    ALLOCATOR,
    measure::{made, time},
    table::{Table, Unit},
};

pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _inside = runtime.enter();
    let columns = [
        ("loading", Unit::Seconds),
        ("memory that stays", Unit::Bytes),
        ("look-up, a host each", Unit::Seconds),
        ("look-up, all on one host", Unit::Seconds),
    ];
    let mut table = Table::new("Routes, with a policy each", "routes", &columns);
    for routes in [1usize, 10, 100, 1_000] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), routes);
        let (apart, load, [kept, _]) = made(ALLOCATOR, || serve(folder.path(), "hosts.yaml"));
        let together = serve(folder.path(), "paths.yaml");
        let last = routes - 1;
        let by_host = head(&format!("https://h{last}.example/chat/7"));
        let by_path = head(&format!("https://h.example/r{last}/7"));
        let host = time(|| apart.find(black_box(&by_host), None).is_ok());
        let path = time(|| together.find(black_box(&by_path), None).is_ok());
        assert!(apart.find(&by_host, None).is_ok() && together.find(&by_path, None).is_ok());
        table.row(routes as f64, &routes.to_string(), &[load, kept, host, path]);
    }
    table.end();
}

fn serve(folder: &Path, name: &str) -> assentry::route::Routes<assentry::exchange::Served> {
    let config = Config::load(&folder.join(name)).unwrap_or_else(|error| panic!("{error}"));
    config.routes().unwrap_or_else(|error| panic!("{error}"))
}

fn head(target: &str) -> http::request::Parts {
    Request::post(target).body(()).expect("a request").into_parts().0
}

/// Policies, and two configurations: a host for each route, and a path for each on one host.
fn write(folder: &Path, routes: usize) {
    let policy = include_str!("../../policies/retail.yaml");
    let (mut hosts, mut paths) =
        (String::from("listeners: []\nroutes:\n"), String::from("listeners: []\nroutes:\n"));
    for n in 0..routes {
        let text = policy.replace("policy: retail-assistant", &format!("policy: retail-assistant-{n}"));
        let text = text.replace("path:order, ", "").split("examples:").next().expect("a head").to_owned();
        fs::write(folder.join(format!("p{n}.yaml")), text).expect("a file");
        let rest = format!("policy: p{n}.yaml, upstream: 'http://127.0.0.1:9'");
        let _ = writeln!(hosts, "- {{name: r{n}, host: h{n}.example, path: '/chat/{{id}}', {rest}}}");
        let _ = writeln!(paths, "- {{name: r{n}, path: '/r{n}/{{id}}', {rest}}}");
    }
    fs::write(folder.join("hosts.yaml"), hosts).expect("a file");
    fs::write(folder.join("paths.yaml"), paths).expect("a file");
}
