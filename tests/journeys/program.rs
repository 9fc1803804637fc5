//! The program itself, as a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use tokio::{task::spawn_blocking, time::timeout};

use crate::{client::SURELY, house::soon, written::Folder};

/// A running `assentry serve` or `demo`; it is killed with its test.
pub struct Program {
    pub address: SocketAddr,
    child: Mutex<Child>,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// Serves a folder, and listens when this returns.
    pub async fn serve(folder: &Folder) -> Self {
        let config = folder.config();
        let arguments = ["serve", "--config", config.to_str().unwrap()];
        Self::listening(&arguments, |said| address_in(said, "listening address=")).await
    }

    /// Runs the demo in this folder, and listens when this returns.
    pub async fn demo(folder: &Path) -> Self {
        let arguments =
            ["demo", "--port=0", "--page-port=0", "--desk-port=0", "--dir", folder.to_str().unwrap()];
        Self::listening(&arguments, |said| {
            let (port, _) = said.split_once("https://localhost:")?.1.split_once('/')?;
            Some(([127, 0, 0, 1], port.parse().unwrap()).into())
        })
        .await
    }

    async fn listening(arguments: &[&str], at: impl Fn(&str) -> Option<SocketAddr>) -> Self {
        let mut child = command(arguments).spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let (one, other) = (Arc::clone(&said), Arc::clone(&said));
        thread::spawn(move || listen(stdout, &one));
        thread::spawn(move || listen(stderr, &other));
        let mut program = Self { address: ([127, 0, 0, 1], 0).into(), child: child.into(), said };
        soon(|| at(&program.said()).is_some()).await;
        program.address = at(&program.said()).unwrap();
        program
    }

    /// Runs a verb to its end.
    pub async fn run(arguments: &[&str]) -> Output {
        let mut command = command(arguments);
        let ended = spawn_blocking(move || command.output());
        timeout(SURELY, ended).await.expect("it ends").unwrap().unwrap()
    }

    /// The same with this on its standard input.
    pub async fn run_with(arguments: &[&str], input: &str) -> Output {
        let (mut command, input) = (command(arguments), input.to_owned());
        let ended = spawn_blocking(move || {
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            // One that ends before it has read anything hangs up.
            child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
            child.wait_with_output().unwrap()
        });
        timeout(SURELY, ended).await.expect("it ends").unwrap()
    }

    /// Tries to serve a folder; the exit code and what it says on standard error.
    pub async fn fails(folder: &Folder) -> (Option<i32>, String) {
        let output = Self::run(&["serve", "--config", folder.config().to_str().unwrap()]).await;
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    /// SIGKILL.
    pub fn kill(self) {
        drop(self);
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// SIGHUP.
    pub fn hang_up(&self) {
        self.signal("HUP");
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Where it listens for the operator.
    pub fn admin(&self) -> SocketAddr {
        address_in(&self.said(), "operator address=").unwrap()
    }

    fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.lock().unwrap().id());
        assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
    }

    /// Waits for its end; how it ended, and what it said.
    pub async fn ended(self) -> (ExitStatus, String) {
        soon(|| self.child.lock().unwrap().try_wait().unwrap().is_some()).await;
        let status = self.child.lock().unwrap().wait().unwrap();
        (status, self.said.lock().unwrap().clone())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap();
        child.kill().ok();
        child.wait().ok();
    }
}

fn address_in(said: &str, after: &str) -> Option<SocketAddr> {
    let (_, rest) = said.split_once(after)?;
    rest.split_once('\n').map(|(address, _)| address.trim().parse().unwrap())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assentry"));
    command.args(arguments).env("ASSENTRY_LOG", "info").env_remove("ASSENTRY_CONFIG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn listen(from: impl Read, said: &Mutex<String>) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        said.lock().unwrap().push_str(&(line + "\n"));
    }
}
