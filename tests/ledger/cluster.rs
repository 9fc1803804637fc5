//! A PostgreSQL server for one test process: in a folder of its own, on a socket there, gone with the process.
//!
//! A small shell script owns the server and reads words from the process that tests. When that process ends, however it does,
//! the script reads the end of its input, ends the server and removes the folder.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

/// Set by `tests/run`: then a missing PostgreSQL is a failure.
const REQUIRED: &str = "ASSENTRY_TEST_POSTGRES";

/// Where the server's programs are, if not where Debian puts them.
const PROGRAMS: &str = "ASSENTRY_POSTGRES_PROGRAMS";

const GUARD: &str = r#"
folder=$1 programs=$2
shift 2 # the rest becomes somebody who is not root, since the server refuses to be
trap '' INT TERM
begin() {
    "$@" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=300 \
        </dev/null >>"$folder/log" 2>&1 &
    server=$!
    tries=0
    until "$programs/psql" -h "$folder" -U postgres -c 'SELECT 1' postgres >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then cat "$folder/log" >&2; echo failed; return; fi
        if ! kill -0 $server 2>/dev/null; then # one that was killed may leave others behind for a moment
            "$@" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=300 \
                </dev/null >>"$folder/log" 2>&1 &
            server=$!
        fi
        sleep 0.1
    done
    echo ready
}
"$@" "$programs/initdb" -D "$folder/data" -U postgres --auth=trust --no-sync --no-locale -E UTF8 \
    </dev/null >"$folder/log" 2>&1
begin "$@"
while read -r word; do
    case $word in
        kill)
            kill -9 $server $(cat /proc/$server/task/$server/children)
            { wait $server; } 2>/dev/null
            echo killed
            ;;
        begin) begin "$@" ;;
        stop) kill -STOP $server $(cat /proc/$server/task/$server/children); echo stopped ;;
        go) kill -CONT $(cat /proc/$server/task/$server/children) $server; echo going ;;
    esac
done
kill -CONT $(cat /proc/$server/task/$server/children) $server 2>/dev/null
kill -QUIT $server
wait $server
rm -rf "$folder"
"#;

/// A running server.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    guard: Mutex<Guard>,
    databases: AtomicUsize,
}

struct Guard {
    _child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// The server of this process; none where PostgreSQL is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Self::begin).as_ref()
    }

    /// A server for one test alone.
    pub fn begin() -> Option<Self> {
        let Some(programs) = programs() else {
            missing();
            return None;
        };
        let folder = tempfile::Builder::new().prefix("assentry-pg-").tempdir().unwrap().keep();
        let somebody = somebody(&folder);
        let mut child = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .args([&folder, &programs])
            .args(somebody)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let words = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut guard = Guard { _child: child, words, answers };
        assert_eq!(guard.answer(), "ready");
        Some(Self { folder, programs, guard: Mutex::new(guard), databases: AtomicUsize::new(0) })
    }

    /// The URL of a new database.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, SeqCst));
        let mut made = Command::new(self.programs.join("createdb"));
        let made = made.arg("-h").arg(&self.folder).args(["-U", "postgres", &name]).status().unwrap();
        assert!(made.success());
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.display())
    }

    /// Kills the server and all its processes, as `kill -9` does.
    #[allow(dead_code, reason = "not every test kills")]
    pub fn kill(&self) {
        self.say("kill", "killed");
    }

    /// Starts it again after [`Self::kill`].
    #[allow(dead_code, reason = "not every test kills")]
    pub fn begin_again(&self) {
        self.say("begin", "ready");
    }

    /// Freezes it, so that it takes queries and answers none.
    #[allow(dead_code, reason = "not every test freezes")]
    pub fn freeze(&self) {
        self.say("stop", "stopped");
    }

    /// Ends [`Self::freeze`].
    #[allow(dead_code, reason = "not every test freezes")]
    pub fn thaw(&self) {
        self.say("go", "going");
    }

    fn say(&self, word: &str, answer: &str) {
        let mut guard = self.guard.lock().unwrap();
        writeln!(guard.words, "{word}").unwrap();
        assert_eq!(guard.answer(), answer);
    }
}

impl Guard {
    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

fn programs() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(PROGRAMS) {
        return Some(named.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions.map(|version| version.unwrap().path().join("bin"));
    programs.filter(|folder| folder.join("initdb").exists()).max()
}

/// How to become somebody who is not root, who gets the folder; nothing where that is so already.
fn somebody(folder: &Path) -> Vec<OsString> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        return Vec::new();
    }
    let known = fs::read_to_string("/etc/passwd").unwrap();
    let name = ["postgres", "nobody"].into_iter().find(|name| known.contains(&format!("{name}:"))).unwrap();
    assert!(Command::new("chown").arg(name).arg(folder).status().unwrap().success());
    ["setpriv".to_owned(), format!("--reuid={name}"), "--clear-groups".to_owned()]
        .map(OsString::from)
        .to_vec()
}

/// Says so once, past the tests' own capture of what is printed.
fn missing() {
    let required = std::env::var_os(REQUIRED).is_some();
    assert!(
        !required,
        "PostgreSQL is not installed: `apt-get install postgresql`, or name its programs with `{PROGRAMS}`"
    );
    static SAID: OnceLock<()> = OnceLock::new();
    SAID.get_or_init(|| {
        let words = "\nPostgreSQL is not installed, so the tests of the ledger ran on SQLite alone; `tests/run` installs it and runs both\n";
        let _ = std::io::stderr().write_all(words.as_bytes());
    });
}
