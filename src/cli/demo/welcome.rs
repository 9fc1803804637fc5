//! What the demo says when it is ready: one address to open, and the same with `curl`.

use std::path::{Path, PathBuf};

use super::{DIARY, ports::Ports};

/// What Alice sends first.
const BODY: &str = r#"{"text": "Which shoes fit me?", "context": {"purchases": [{"sku": "A1", "title": "Trail shoe 42"}], "geo": {"lat": 52.5243, "lon": 13.4105}}, "email": "alice@example.com"}"#;

/// What she types where nobody expects an address.
const TYPED: &str = r#"{"text": "Write to alice@example.com when they are back, please."}"#;

/// The words.
pub(super) fn text(dir: &Path, ports: &Ports) -> String {
    let program = std::env::current_exe().ok().map_or_else(|| "assentry".to_owned(), shortened);
    let (dir, port, page) = (dir.display(), ports.tls, ports.page());
    let authority = format!("{dir}/certs/authority.pem");
    let curl = format!(
        "curl --cacert {authority} https://localhost:{port}/chat \\\n    -H 'X-User-Id: alice' -H 'Content-Type: application/json'"
    );
    format!(
        "Assentry stands before a sample bot. Open this in a browser: chat, look at what the bot saw of it, flip a switch.\n\n  \
         {page}/\n\n\
         Everything it made is in `{dir}`. Ctrl-C stops it. The same with curl, to a bot that answers with exactly what it received:\n\n\
         1. Alice has agreed to nothing. Look at what the bot gets of this:\n\n  {curl} \\\n    -d '{BODY}'\n\n\
         2. She says yes to suggestions; then send 1 again, and the purchases arrive. She takes it back; send it once more.\n\n  \
         {program} consent grant personalisation --subject demo:alice --config {dir}/assentry.yaml\n  \
         {program} consent withdraw personalisation --subject demo:alice --config {dir}/assentry.yaml\n\n\
         3. Where she came from is used until she objects, which browsers can say in a header:\n\n  {curl} \\\n    -H 'Referer: https://search.example/?q=shoes' -d '{{\"text\": \"hi\"}}'\n  {curl} \\\n    -H 'Referer: https://search.example/?q=shoes' -H 'Sec-GPC: 1' -d '{{\"text\": \"hi\"}}'\n\n\
         4. She writes her address. The bot gets a token, and streams it back; she reads her address again:\n\n  {curl} -N \\\n    -H 'Accept: text/event-stream' -d '{TYPED}'\n  tail -n 1 {dir}/{DIARY}\n\n\
         5. The same through a socket (wscat needs Node.js):\n\n  npx wscat --ca {authority} -H 'X-User-Id: alice' -c wss://localhost:{port}/socket -w 2 \\\n    -x '{TYPED}'\n\n\
         Each exchange leaves a receipt: tail -n 1 {dir}/receipts.ndjson\n\
         What the bot saw, a line each: {dir}/{DIARY}\n"
    )
}

/// The program as the user would type it from here.
fn shortened(program: PathBuf) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    program.strip_prefix(&here).unwrap_or(&program).display().to_string()
}
