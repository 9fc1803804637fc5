//! The control socket: how the verbs `consent` and `reload` reach a running proxy.
//!
//! The rule: only the user who runs the proxy can open the socket, and only one process serves a ledger. The socket is bound
//! in a directory that nobody else may enter, closed to others there, and then moved to its place, so that there is no moment
//! in which it is open; a mask set for the process would do as well, but not while other threads make files. Who
//! serves is settled by a lock that dies with its process, so a socket left behind is safely replaced.
//!
//! One request is one line of JSON, and so is its answer. Lines have a greatest length, and idle callers are hung up on.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::{UnixListener, UnixStream},
    sync::{Semaphore, mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    Joined, Ledger, LedgerError, LedgerSettings, Link, NewDecision, NewLink, Parted, Rewrapped,
    database::DEADLINE,
};
use crate::{
    consent::{Consent, Decision},
    subject::{Standing, Subject},
};

/// The longest request: ids and names are short.
const LONGEST_REQUEST: u64 = 64 << 10;
/// The longest answer: a history.
const LONGEST_ANSWER: u64 = 64 << 20;
const IDLE: Duration = Duration::from_secs(30);
const CALLERS: usize = 32;
/// How long a reload may take, which may have to fetch keys, and wrapping many keys anew.
const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody asks for a reload, and waits to hear what came of it.
pub struct Call(pub oneshot::Sender<Outcome>);

/// What came of a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done; what changed.
    Done(serde_json::Value),
    /// The new files can't be used and the old ones stay in use; why.
    Refused(String),
}

/// What the verbs ask. It holds a raw id, so it can't be printed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Request {
    Decide { namespace: String, id: String, group: String, decision: NewDecision },
    History { namespace: String, id: String, group: String },
    Show { namespace: String, id: String, group: String },
    Forget { namespace: String, id: String, policy: Option<String>, source: String },
    Link { ids: [Id; 2], link: NewLink },
    Unlink { ids: [Id; 2], link: NewLink },
    Links(Id),
    Rewrap,
    Overtake,
    Reload,
}

/// An id, as it is asked about.
#[derive(Serialize, Deserialize)]
pub(super) struct Id {
    namespace: String,
    id: String,
}

impl Id {
    pub(super) fn of(subject: &Subject) -> Self {
        Self { namespace: subject.namespace().to_owned(), id: subject.id().to_owned() }
    }

    fn subject(self) -> Subject {
        Subject::new(self.namespace, self.id, Standing::Claimed)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    Decided(Decision),
    History(Vec<Decision>),
    Shown(Option<Consent>),
    Forgotten(Vec<String>),
    Linked(Joined),
    Unlinked(Parted),
    Links(Vec<Link>),
    Rewrapped(Rewrapped),
    Overtaken,
    Reloaded(Outcome),
    Failed(String),
}

impl Answer {
    /// It answers another question.
    pub(super) fn unexpected(self) -> LedgerError {
        match self {
            Self::Failed(why) => LedgerError::Refused(why),
            Self::Decided(_)
            | Self::History(_)
            | Self::Shown(_)
            | Self::Forgotten(_)
            | Self::Linked(_)
            | Self::Unlinked(_)
            | Self::Links(_)
            | Self::Rewrapped(_)
            | Self::Overtaken
            | Self::Reloaded(_) => LedgerError::other_version(),
        }
    }
}

/// The listening end; it is removed when this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
    _served: File,
}

impl ControlSocket {
    /// Listens beside the ledger.
    ///
    /// # Errors
    /// [`LedgerError::Served`] when another process does; [`LedgerError::Socket`] when the socket can't be made.
    pub fn bind(settings: &LedgerSettings) -> Result<Self, LedgerError> {
        let served = lock(settings)?;
        let path = settings.socket_path();
        let listener = listen(&path).map_err(|source| LedgerError::Socket { path: path.clone(), source })?;
        Ok(Self { listener, path, _served: served })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // the next to serve replaces it anyway
    }
}

/// Answers requests until it is dropped; reloads are handed on.
pub async fn serve_control(ledger: Ledger, socket: ControlSocket, reloads: mpsc::Sender<Call>) {
    let room = Arc::new(Semaphore::new(CALLERS));
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        match socket.listener.accept().await {
            Ok((stream, _)) => {
                let (ledger, reloads) = (ledger.clone(), reloads.clone());
                tokio::spawn(async move {
                    let _ = converse(&ledger, &reloads, stream).await; // a caller who hangs up is no news
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket took no call");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The calling end.
pub struct Control(BufStream<UnixStream>);

impl Control {
    /// Calls the proxy that serves a ledger.
    ///
    /// # Errors
    /// Whatever the system says; `NotFound` and `ConnectionRefused` mean that no proxy is running.
    pub async fn connect(path: &Path) -> io::Result<Self> {
        Ok(Self(BufStream::new(UnixStream::connect(path).await?)))
    }

    /// Has the proxy read its files again, and waits until that is done or refused.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when it is not known what came of it.
    pub async fn reload(&mut self) -> Result<Outcome, LedgerError> {
        match self.ask_patiently(&Request::Reload).await? {
            Answer::Reloaded(outcome) => Ok(outcome),
            other => Err(other.unexpected()),
        }
    }

    /// Has the proxy forget everything that it has read: decisions were written past it.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when it is not known to have.
    pub async fn overtake(&mut self) -> Result<(), LedgerError> {
        match self.ask(&Request::Overtake).await? {
            Answer::Overtaken => Ok(()),
            other => Err(other.unexpected()),
        }
    }

    /// For what may take its time.
    pub(super) async fn ask_patiently(&mut self, request: &Request) -> Result<Answer, LedgerError> {
        self.ask_for(request, PATIENCE).await
    }

    pub(super) async fn ask(&mut self, request: &Request) -> Result<Answer, LedgerError> {
        self.ask_for(request, 2 * DEADLINE).await
    }

    async fn ask_for(&mut self, request: &Request, patience: Duration) -> Result<Answer, LedgerError> {
        let asked = async {
            write(&mut self.0, request).await?;
            read(&mut self.0, LONGEST_ANSWER).await
        };
        match timeout(patience, asked).await? {
            Ok(Some(Answer::Failed(why))) => Err(LedgerError::Refused(why)),
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(LedgerError::Unreachable("the running assentry hung up".to_owned())),
            Err(error) => Err(LedgerError::Unreachable(error.to_string())),
        }
    }
}

async fn converse(ledger: &Ledger, reloads: &mpsc::Sender<Call>, stream: UnixStream) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    loop {
        let answer = match timeout(IDLE, read(&mut stream, LONGEST_REQUEST)).await? {
            Ok(Some(request)) => answer(ledger, reloads, request).await,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                write(&mut stream, &Answer::Failed("the request was not understood".to_owned())).await?;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        timeout(IDLE, write(&mut stream, &answer)).await??;
    }
}

async fn answer(ledger: &Ledger, reloads: &mpsc::Sender<Call>, request: Request) -> Answer {
    let claimed = |namespace: String, id: String| Subject::new(namespace, id, Standing::Claimed);
    let answered = match request {
        Request::Decide { namespace, id, group, decision } => {
            ledger.decide(&claimed(namespace, id), &group, decision).await.map(Answer::Decided)
        }
        Request::History { namespace, id, group } => {
            ledger.history(&claimed(namespace, id), &group).await.map(Answer::History)
        }
        Request::Show { namespace, id, group } => {
            ledger.show(&claimed(namespace, id), &group).await.map(Answer::Shown)
        }
        Request::Forget { namespace, id, policy, source } => ledger
            .forget_keys(&claimed(namespace, id), policy.as_deref(), &source)
            .await
            .map(Answer::Forgotten),
        Request::Link { ids: [one, other], link } => {
            ledger.link(&one.subject(), &other.subject(), link).await.map(Answer::Linked)
        }
        Request::Unlink { ids: [one, other], link } => {
            ledger.unlink(&one.subject(), &other.subject(), link).await.map(Answer::Unlinked)
        }
        Request::Links(id) => ledger.links(&id.subject()).await.map(Answer::Links),
        Request::Rewrap => ledger.rewrap_keys().await.map(Answer::Rewrapped),
        Request::Overtake => {
            ledger.overtake_all();
            Ok(Answer::Overtaken)
        }
        Request::Reload => reload(reloads).await.map(Answer::Reloaded),
    };
    answered.unwrap_or_else(|error| Answer::Failed(error.to_string()))
}

async fn reload(reloads: &mpsc::Sender<Call>) -> Result<Outcome, LedgerError> {
    let (call, outcome) = oneshot::channel();
    let gone = || LedgerError::Unreachable("the running assentry is stopping".to_owned());
    reloads.send(Call(call)).await.map_err(|_| gone())?;
    outcome.await.map_err(|_| gone())
}

/// One line; none when the other end is done. What can't be understood is not repeated: it may hold an id.
async fn read<T: DeserializeOwned>(
    stream: &mut BufStream<UnixStream>,
    longest: u64,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    stream.take(longest).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&line).map(Some).map_err(|_| garbled()),
        Some(_) => Err(garbled()),
    }
}

async fn write<T: Serialize>(stream: &mut BufStream<UnixStream>, message: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}

fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the line was not understood")
}

fn lock(settings: &LedgerSettings) -> Result<File, LedgerError> {
    let path = &settings.lock_path();
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = open.map_err(LedgerError::unwritable(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::Served(settings.path.clone())),
        Err(TryLockError::Error(error)) => Err(LedgerError::unwritable(path)(error)),
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".d");
    let aside = PathBuf::from(aside);
    match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {} // what a process that was killed here left behind
    }
    DirBuilder::new().mode(0o700).create(&aside)?;
    let hidden = aside.join("s");
    let listener = UnixListener::bind(&hidden)
        .and_then(|listener| fs::set_permissions(&hidden, Permissions::from_mode(0o600)).map(|()| listener))
        .and_then(|listener| fs::rename(&hidden, path).map(|()| listener));
    fs::remove_dir_all(&aside)?;
    listener
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[tokio::test]
    async fn the_socket_is_open_to_its_owner_alone_and_one_process_serves_it() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings::at(folder.path().join("a.db"));
        let socket = ControlSocket::bind(&settings).unwrap();
        assert_eq!(fs::metadata(settings.socket_path()).unwrap().mode() & 0o777, 0o600);
        assert!(
            matches!(ControlSocket::bind(&settings), Err(LedgerError::Served(path)) if path == settings.path)
        );
        drop(socket);
        assert!(!settings.socket_path().exists());
    }

    #[tokio::test]
    async fn a_socket_that_a_dead_process_left_behind_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings::at(folder.path().join("a.db"));
        drop(UnixListener::bind(settings.socket_path()).unwrap()); // dropping does not remove the file
        assert!(settings.socket_path().exists());
        let _socket = ControlSocket::bind(&settings).unwrap();
        assert!(Control::connect(&settings.socket_path()).await.is_ok());
    }

    #[tokio::test]
    async fn nonsense_is_answered_without_repeating_it() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings::at(folder.path().join("a.db"));
        let socket = ControlSocket::bind(&settings).unwrap();
        let server =
            tokio::spawn(serve_control(Ledger::open(&settings).await.unwrap(), socket, mpsc::channel(1).0));
        for nonsense in [b"{\"ada@example.com\n".to_vec(), vec![b'x'; 100_000]] {
            let mut stream = UnixStream::connect(settings.socket_path()).await.unwrap();
            let _ = stream.write_all(&nonsense).await;
            let mut said = String::new();
            let _ = stream.read_to_string(&mut said).await;
            assert!(!said.contains("ada"), "{said}");
        }
        server.abort();
    }
}
