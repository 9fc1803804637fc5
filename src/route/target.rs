//! The host and path of a request, if there is one way to read them.

use http::{Method, header::HOST, request::Parts};

use crate::{query, refusal::Refusal};

/// The host that is asked for, in lower case and without its port; none where the request names none (HTTP/1.0).
pub(super) fn host(head: &Parts) -> Result<Option<String>, Refusal> {
    let mut lines = head.headers.get_all(HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return Err(Refusal::Header("there are two `Host` fields"));
    }
    let line = line
        .map(|line| line.to_str().map_err(|_| Refusal::Header("the `Host` field is malformed")))
        .transpose()?;
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    if let (Some(line), Some(authority)) = (line, authority)
        && !line.eq_ignore_ascii_case(authority)
    {
        return Err(Refusal::Header("the `Host` field and the target name two hosts"));
    }
    let Some(named) = authority.or(line) else { return Ok(None) };
    let authority: http::uri::Authority =
        named.parse().map_err(|_| Refusal::Header("the `Host` field is malformed"))?;
    if named.contains('@') {
        return Err(Refusal::Header("the host has a user name before it"));
    }
    let host = authority.host();
    Ok(Some(host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()))
}

/// The path, if every backend reads it alike.
pub(super) fn path(head: &Parts) -> Result<&str, Refusal> {
    if head.method == Method::CONNECT {
        return Err(Refusal::Target("there are no tunnels here"));
    }
    let path = head.uri.path();
    if !path.starts_with('/') {
        return Err(Refusal::Target("the target is not a path"));
    }
    let last = path.split('/').skip(1).count().saturating_sub(1);
    let mut segments = path.split('/').skip(1).enumerate();
    let trouble = segments.find_map(|(n, segment)| trouble(segment, n == last));
    trouble.map_or(Ok(path), |what| Err(Refusal::Target(what)))
}

/// What makes a segment one that backends read in different ways.
pub(super) fn trouble(segment: &str, is_last: bool) -> Option<&'static str> {
    if segment.is_empty() {
        return (!is_last).then_some("the path has an empty segment");
    }
    let Some(decoded) = decoded(segment) else {
        return Some("a `%` is not followed by two hexadecimal digits");
    };
    match decoded.as_slice() {
        b"." | b".." => Some("the path has a dot segment"),
        bytes if bytes.iter().any(|byte| matches!(byte, b'/' | b'\\')) => {
            Some("the path has an encoded slash or a backslash")
        }
        bytes if bytes.contains(&b';') => Some("the path has a `;`, which some read as the end of a segment"),
        bytes if bytes.iter().any(u8::is_ascii_control) => Some("the path has a control character"),
        _ => None,
    }
}

/// What a segment stands for; `+` is itself in a path.
pub(super) fn decoded(segment: &str) -> Option<Vec<u8>> {
    if !segment.contains('%') {
        return Some(segment.as_bytes().to_vec());
    }
    query::decode(segment.replace('+', "%2B").as_bytes()).ok().map(std::borrow::Cow::into_owned)
}
