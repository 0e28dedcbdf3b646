//! The options of curl: what each takes and what becomes of it.
//!
//! A table, made from `curl --help all` of several versions. Called by [`arguments`](super::arguments).

/// Does an option take a value?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// No; `--no-…` turns it off.
    Nothing,
    /// The next word, or the rest of a short option's word.
    Value,
}

/// What an option does to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `-X`.
    Method,
    /// `-H`.
    Header,
    /// `-d`: `@file`, its line breaks left out.
    Data,
    /// `--data-raw`.
    DataRaw,
    /// `--data-binary`.
    DataBinary,
    /// `--data-urlencode`.
    DataUrlEncode,
    /// `--json`.
    Json,
    /// `-G`.
    Get,
    /// `-F`.
    Form,
    /// `--form-string`.
    FormString,
    /// `-u`.
    User,
    /// `--basic`.
    Basic,
    /// `--digest`.
    Digest,
    /// `--anyauth`.
    AnyAuth,
    /// Another way of proving who sends.
    OtherAuth,
    /// `--oauth2-bearer`.
    Bearer,
    /// `-b`.
    Cookie,
    /// `-A`.
    UserAgent,
    /// `-e`.
    Referer,
    /// `-r`.
    Range,
    /// `-k`.
    Insecure,
    /// `-L`.
    Follow,
    /// `--max-redirs`.
    MaxRedirects,
    /// `-I`.
    Head,
    /// `-T`.
    Upload,
    /// `-x`.
    Proxy,
    /// `--socks5` and the like: their scheme.
    Socks(&'static str),
    /// `--cacert`.
    CaCertificate,
    /// `-E`.
    Certificate,
    /// `--key`.
    Key,
    /// `-m`.
    Timeout,
    /// `--connect-timeout`.
    ConnectTimeout,
    /// `--url`.
    Url,
    /// `--url-query`.
    UrlQuery,
    /// `-g`.
    GlobOff,
    /// `--http1.1`.
    Version(&'static str),
    /// `--next`.
    Next,
    /// Only about output, progress or files of curl's own: counted.
    Harmless,
    /// Left out; the reason is for people.
    Dropped(&'static str),
}

/// An option.
#[derive(Debug, Clone, Copy)]
pub(super) struct CurlOption {
    /// Does it take a value?
    pub takes: Takes,
    /// What it does.
    pub role: Role,
}

/// The option of a long name; `--no-x` is `x` turned off (`false`).
pub(super) fn by_name(name: &str) -> Option<(CurlOption, bool)> {
    let find = |name: &str| OPTIONS.iter().find(|option| option.0 == name).map(read);
    find(name).map(|option| (option, true)).or_else(|| {
        let option = find(name.strip_prefix("no-")?)?;
        (option.takes == Takes::Nothing).then_some((option, false))
    })
}

/// The option of a letter.
pub(super) fn by_letter(letter: char) -> Option<CurlOption> {
    OPTIONS.iter().find(|option| option.1 == letter && letter != NO_LETTER).map(read)
}

const fn read(row: &(&'static str, char, Takes, Role)) -> CurlOption {
    CurlOption { takes: row.2, role: row.3 }
}

const NO_LETTER: char = '\0';
const TLS: Role = Role::Dropped("bearcat decides these details of TLS itself");
const NETWORK: Role = Role::Dropped("bearcat has no such setting for connections");
const PROXY: Role = Role::Dropped("bearcat has no such setting for proxies");
const RETRY: Role = Role::Dropped("bearcat sends a request once; send it again by hand");
const NOT_HTTP: Role = Role::Dropped("it is not about HTTP");
const ON_DISK: Role = Role::Dropped("bearcat does not read this file");

use Role::Harmless;
use Takes::{Nothing, Value};

#[rustfmt::skip]
const OPTIONS: &[(&str, char, Takes, Role)] = &[
    // What the request is.
    ("request", 'X', Value, Role::Method),
    ("header", 'H', Value, Role::Header),
    ("data", 'd', Value, Role::Data),
    ("data-ascii", NO_LETTER, Value, Role::Data),
    ("data-raw", NO_LETTER, Value, Role::DataRaw),
    ("data-binary", NO_LETTER, Value, Role::DataBinary),
    ("data-urlencode", NO_LETTER, Value, Role::DataUrlEncode),
    ("json", NO_LETTER, Value, Role::Json),
    ("get", 'G', Nothing, Role::Get),
    ("form", 'F', Value, Role::Form),
    ("form-string", NO_LETTER, Value, Role::FormString),
    ("user", 'u', Value, Role::User),
    ("basic", NO_LETTER, Nothing, Role::Basic),
    ("digest", NO_LETTER, Nothing, Role::Digest),
    ("anyauth", NO_LETTER, Nothing, Role::AnyAuth),
    ("oauth2-bearer", NO_LETTER, Value, Role::Bearer),
    ("ntlm", NO_LETTER, Nothing, Role::OtherAuth),
    ("ntlm-wb", NO_LETTER, Nothing, Role::OtherAuth),
    ("negotiate", NO_LETTER, Nothing, Role::OtherAuth),
    ("aws-sigv4", NO_LETTER, Value, Role::OtherAuth),
    ("delegation", NO_LETTER, Value, Role::OtherAuth),
    ("krb", NO_LETTER, Value, Role::OtherAuth),
    ("service-name", NO_LETTER, Value, Role::OtherAuth),
    ("sasl-authzid", NO_LETTER, Value, Role::OtherAuth),
    ("sasl-ir", NO_LETTER, Nothing, Role::OtherAuth),
    ("login-options", NO_LETTER, Value, Role::OtherAuth),
    ("netrc", 'n', Nothing, ON_DISK),
    ("netrc-optional", NO_LETTER, Nothing, ON_DISK),
    ("netrc-file", NO_LETTER, Value, ON_DISK),
    ("cookie", 'b', Value, Role::Cookie),
    ("cookie-jar", 'c', Value, Harmless),
    ("junk-session-cookies", 'j', Nothing, Harmless),
    ("user-agent", 'A', Value, Role::UserAgent),
    ("referer", 'e', Value, Role::Referer),
    ("range", 'r', Value, Role::Range),
    ("location", 'L', Nothing, Role::Follow),
    ("location-trusted", NO_LETTER, Nothing, Role::Follow),
    ("max-redirs", NO_LETTER, Value, Role::MaxRedirects),
    ("follow", NO_LETTER, Nothing, Role::Follow),
    ("post301", NO_LETTER, Nothing, Role::Dropped("bearcat decides by the status whether a redirect keeps the method")),
    ("post302", NO_LETTER, Nothing, Role::Dropped("bearcat decides by the status whether a redirect keeps the method")),
    ("post303", NO_LETTER, Nothing, Role::Dropped("bearcat decides by the status whether a redirect keeps the method")),
    ("head", 'I', Nothing, Role::Head),
    ("upload-file", 'T', Value, Role::Upload),
    ("upload-flags", NO_LETTER, Value, NOT_HTTP),
    ("url", NO_LETTER, Value, Role::Url),
    ("url-query", NO_LETTER, Value, Role::UrlQuery),
    ("variable", NO_LETTER, Value, Role::Dropped("set it as a variable of an environment")),
    ("expand-url", NO_LETTER, Value, Role::Url),
    ("globoff", 'g', Nothing, Role::GlobOff),
    ("http1.0", '0', Nothing, Role::Version("HTTP/1.0")),
    ("http1.1", NO_LETTER, Nothing, Role::Version("HTTP/1.1")),
    ("http2", NO_LETTER, Nothing, Role::Version("HTTP/2")),
    ("http2-prior-knowledge", NO_LETTER, Nothing, Role::Version("HTTP/2 (Prior Knowledge)")),
    ("http3", NO_LETTER, Nothing, Role::Version("HTTP/3")),
    ("http3-only", NO_LETTER, Nothing, Role::Version("HTTP/3")),
    ("http0.9", NO_LETTER, Nothing, NETWORK),
    ("next", ':', Nothing, Role::Next),
    ("request-target", NO_LETTER, Value, Role::Dropped("the target is always that of the URL")),
    ("path-as-is", NO_LETTER, Nothing, Role::Dropped("`..` in a path is resolved")),
    ("time-cond", 'z', Value, Role::Dropped("write an `If-Modified-Since` header")),
    ("etag-compare", NO_LETTER, Value, Role::Dropped("write an `If-None-Match` header")),
    ("etag-save", NO_LETTER, Value, Harmless),
    ("continue-at", 'C', Value, Role::Dropped("write a `Range` header")),
    ("config", 'K', Value, ON_DISK),
    ("disable", 'q', Nothing, Harmless),
    ("crlf", NO_LETTER, Nothing, Role::Dropped("line breaks of a body are sent as they stand")),
    ("use-ascii", 'B', Nothing, NOT_HTTP),
    ("form-escape", NO_LETTER, Nothing, Harmless),
    ("tr-encoding", NO_LETTER, Nothing, NETWORK),
    ("ignore-content-length", NO_LETTER, Nothing, NETWORK),
    ("raw", NO_LETTER, Nothing, NETWORK),
    // How it is sent.
    ("insecure", 'k', Nothing, Role::Insecure),
    ("cacert", NO_LETTER, Value, Role::CaCertificate),
    ("capath", NO_LETTER, Value, TLS),
    ("ca-native", NO_LETTER, Nothing, Harmless),
    ("cert", 'E', Value, Role::Certificate),
    ("key", NO_LETTER, Value, Role::Key),
    ("pass", NO_LETTER, Value, Role::Dropped("a pass phrase does not go into a collection; set it in the private environment file")),
    ("cert-type", NO_LETTER, Value, Harmless),
    ("key-type", NO_LETTER, Value, Harmless),
    ("max-time", 'm', Value, Role::Timeout),
    ("connect-timeout", NO_LETTER, Value, Role::ConnectTimeout),
    ("proxy", 'x', Value, Role::Proxy),
    ("socks4", NO_LETTER, Value, Role::Socks("socks4")),
    ("socks4a", NO_LETTER, Value, Role::Socks("socks4a")),
    ("socks5", NO_LETTER, Value, Role::Socks("socks5")),
    ("socks5-hostname", NO_LETTER, Value, Role::Socks("socks5h")),
    ("proxy1.0", NO_LETTER, Value, Role::Proxy),
    ("preproxy", NO_LETTER, Value, PROXY),
    ("noproxy", NO_LETTER, Value, PROXY),
    ("proxy-user", 'U', Value, Role::Dropped("credentials of a proxy do not go into a collection; set them in the environment variable `HTTPS_PROXY`")),
    ("proxy-header", NO_LETTER, Value, PROXY),
    ("proxytunnel", 'p', Nothing, PROXY),
    ("proxy-anyauth", NO_LETTER, Nothing, PROXY),
    ("proxy-basic", NO_LETTER, Nothing, PROXY),
    ("proxy-digest", NO_LETTER, Nothing, PROXY),
    ("proxy-ntlm", NO_LETTER, Nothing, PROXY),
    ("proxy-negotiate", NO_LETTER, Nothing, PROXY),
    ("proxy-insecure", NO_LETTER, Nothing, PROXY),
    ("proxy-cacert", NO_LETTER, Value, PROXY),
    ("proxy-capath", NO_LETTER, Value, PROXY),
    ("proxy-cert", NO_LETTER, Value, PROXY),
    ("proxy-cert-type", NO_LETTER, Value, PROXY),
    ("proxy-key", NO_LETTER, Value, PROXY),
    ("proxy-key-type", NO_LETTER, Value, PROXY),
    ("proxy-pass", NO_LETTER, Value, PROXY),
    ("proxy-ciphers", NO_LETTER, Value, PROXY),
    ("proxy-tls13-ciphers", NO_LETTER, Value, PROXY),
    ("proxy-crlfile", NO_LETTER, Value, PROXY),
    ("proxy-pinnedpubkey", NO_LETTER, Value, PROXY),
    ("proxy-service-name", NO_LETTER, Value, PROXY),
    ("proxy-tlsauthtype", NO_LETTER, Value, PROXY),
    ("proxy-tlspassword", NO_LETTER, Value, PROXY),
    ("proxy-tlsuser", NO_LETTER, Value, PROXY),
    ("proxy-tlsv1", NO_LETTER, Nothing, PROXY),
    ("proxy-http2", NO_LETTER, Nothing, PROXY),
    ("proxy-ssl-allow-beast", NO_LETTER, Nothing, PROXY),
    ("proxy-ssl-auto-client-cert", NO_LETTER, Nothing, PROXY),
    ("socks5-basic", NO_LETTER, Nothing, PROXY),
    ("socks5-gssapi", NO_LETTER, Nothing, PROXY),
    ("socks5-gssapi-nec", NO_LETTER, Nothing, PROXY),
    ("socks5-gssapi-service", NO_LETTER, Value, PROXY),
    ("suppress-connect-headers", NO_LETTER, Nothing, Harmless),
    ("haproxy-protocol", NO_LETTER, Nothing, PROXY),
    ("haproxy-clientip", NO_LETTER, Value, PROXY),
    ("tlsv1", '1', Nothing, TLS),
    ("tlsv1.0", NO_LETTER, Nothing, TLS),
    ("tlsv1.1", NO_LETTER, Nothing, TLS),
    ("tlsv1.2", NO_LETTER, Nothing, TLS),
    ("tlsv1.3", NO_LETTER, Nothing, TLS),
    ("tls-max", NO_LETTER, Value, TLS),
    ("tls13-ciphers", NO_LETTER, Value, TLS),
    ("tls-earlydata", NO_LETTER, Nothing, TLS),
    ("sslv2", '2', Nothing, TLS),
    ("sslv3", '3', Nothing, TLS),
    ("ssl", NO_LETTER, Nothing, TLS),
    ("ssl-reqd", NO_LETTER, Nothing, TLS),
    ("ssl-allow-beast", NO_LETTER, Nothing, TLS),
    ("ssl-auto-client-cert", NO_LETTER, Nothing, TLS),
    ("ssl-no-revoke", NO_LETTER, Nothing, TLS),
    ("ssl-revoke-best-effort", NO_LETTER, Nothing, TLS),
    ("ssl-sessions", NO_LETTER, Value, TLS),
    ("ciphers", NO_LETTER, Value, TLS),
    ("curves", NO_LETTER, Value, TLS),
    ("sigalgs", NO_LETTER, Value, TLS),
    ("ech", NO_LETTER, Value, TLS),
    ("crlfile", NO_LETTER, Value, TLS),
    ("cert-status", NO_LETTER, Nothing, TLS),
    ("pinnedpubkey", NO_LETTER, Value, TLS),
    ("engine", NO_LETTER, Value, TLS),
    ("egd-file", NO_LETTER, Value, TLS),
    ("random-file", NO_LETTER, Value, TLS),
    ("false-start", NO_LETTER, Nothing, TLS),
    ("tlsauthtype", NO_LETTER, Value, TLS),
    ("tlspassword", NO_LETTER, Value, TLS),
    ("tlsuser", NO_LETTER, Value, TLS),
    ("alpn", NO_LETTER, Nothing, TLS),
    ("npn", NO_LETTER, Nothing, TLS),
    ("sessionid", NO_LETTER, Nothing, TLS),
    ("dump-ca-embed", NO_LETTER, Nothing, Harmless),
    ("resolve", NO_LETTER, Value, Role::Dropped("bearcat resolves names by the system; put the address into the hosts file or the URL")),
    ("connect-to", NO_LETTER, Value, Role::Dropped("bearcat connects to the host of the URL")),
    ("unix-socket", NO_LETTER, Value, NETWORK),
    ("abstract-unix-socket", NO_LETTER, Value, NETWORK),
    ("interface", NO_LETTER, Value, NETWORK),
    ("local-port", NO_LETTER, Value, NETWORK),
    ("ipv4", '4', Nothing, NETWORK),
    ("ipv6", '6', Nothing, NETWORK),
    ("ip-tos", NO_LETTER, Value, NETWORK),
    ("vlan-priority", NO_LETTER, Value, NETWORK),
    ("mptcp", NO_LETTER, Nothing, NETWORK),
    ("dns-interface", NO_LETTER, Value, NETWORK),
    ("dns-ipv4-addr", NO_LETTER, Value, NETWORK),
    ("dns-ipv6-addr", NO_LETTER, Value, NETWORK),
    ("dns-servers", NO_LETTER, Value, NETWORK),
    ("doh-url", NO_LETTER, Value, NETWORK),
    ("doh-insecure", NO_LETTER, Nothing, NETWORK),
    ("doh-cert-status", NO_LETTER, Nothing, NETWORK),
    ("happy-eyeballs-timeout-ms", NO_LETTER, Value, NETWORK),
    ("keepalive", NO_LETTER, Nothing, NETWORK),
    ("keepalive-time", NO_LETTER, Value, NETWORK),
    ("keepalive-cnt", NO_LETTER, Value, NETWORK),
    ("tcp-fastopen", NO_LETTER, Nothing, NETWORK),
    ("tcp-nodelay", NO_LETTER, Nothing, NETWORK),
    ("limit-rate", NO_LETTER, Value, NETWORK),
    ("speed-limit", 'Y', Value, NETWORK),
    ("speed-time", 'y', Value, NETWORK),
    ("expect100-timeout", NO_LETTER, Value, NETWORK),
    ("alt-svc", NO_LETTER, Value, NETWORK),
    ("hsts", NO_LETTER, Value, NETWORK),
    ("proto", NO_LETTER, Value, NETWORK),
    ("proto-redir", NO_LETTER, Value, NETWORK),
    ("proto-default", NO_LETTER, Value, NETWORK),
    ("disallow-username-in-url", NO_LETTER, Nothing, Harmless),
    ("retry", NO_LETTER, Value, RETRY),
    ("retry-all-errors", NO_LETTER, Nothing, RETRY),
    ("retry-connrefused", NO_LETTER, Nothing, RETRY),
    ("retry-delay", NO_LETTER, Value, RETRY),
    ("retry-max-time", NO_LETTER, Value, RETRY),
    ("rate", NO_LETTER, Value, RETRY),
    // What curl shows, writes and says.
    ("compressed", NO_LETTER, Nothing, Harmless),
    ("silent", 's', Nothing, Harmless),
    ("show-error", 'S', Nothing, Harmless),
    ("verbose", 'v', Nothing, Harmless),
    ("include", 'i', Nothing, Harmless),
    ("show-headers", NO_LETTER, Nothing, Harmless),
    ("output", 'o', Value, Harmless),
    ("output-dir", NO_LETTER, Value, Harmless),
    ("out-null", NO_LETTER, Nothing, Harmless),
    ("remote-name", 'O', Nothing, Harmless),
    ("remote-name-all", NO_LETTER, Nothing, Harmless),
    ("remote-header-name", 'J', Nothing, Harmless),
    ("remote-time", 'R', Nothing, Harmless),
    ("remove-on-error", NO_LETTER, Nothing, Harmless),
    ("skip-existing", NO_LETTER, Nothing, Harmless),
    ("create-dirs", NO_LETTER, Nothing, Harmless),
    ("create-file-mode", NO_LETTER, Value, Harmless),
    ("clobber", NO_LETTER, Nothing, Harmless),
    ("dump-header", 'D', Value, Harmless),
    ("write-out", 'w', Value, Harmless),
    ("fail", 'f', Nothing, Harmless),
    ("fail-early", NO_LETTER, Nothing, Harmless),
    ("fail-with-body", NO_LETTER, Nothing, Harmless),
    ("progress-bar", '#', Nothing, Harmless),
    ("progress-meter", NO_LETTER, Nothing, Harmless),
    ("buffer", NO_LETTER, Nothing, Harmless),
    ("no-buffer", 'N', Nothing, Harmless),
    ("stderr", NO_LETTER, Value, Harmless),
    ("styled-output", NO_LETTER, Nothing, Harmless),
    ("trace", NO_LETTER, Value, Harmless),
    ("trace-ascii", NO_LETTER, Value, Harmless),
    ("trace-time", NO_LETTER, Nothing, Harmless),
    ("trace-ids", NO_LETTER, Nothing, Harmless),
    ("trace-config", NO_LETTER, Value, Harmless),
    ("libcurl", NO_LETTER, Value, Harmless),
    ("xattr", NO_LETTER, Nothing, Harmless),
    ("parallel", 'Z', Nothing, Harmless),
    ("parallel-immediate", NO_LETTER, Nothing, Harmless),
    ("parallel-max", NO_LETTER, Value, Harmless),
    ("parallel-max-host", NO_LETTER, Value, Harmless),
    ("max-filesize", NO_LETTER, Value, Harmless),
    ("help", 'h', Nothing, Harmless),
    ("manual", 'M', Nothing, Harmless),
    ("version", 'V', Nothing, Harmless),
    // Other protocols.
    ("append", 'a', Nothing, NOT_HTTP),
    ("list-only", 'l', Nothing, NOT_HTTP),
    ("quote", 'Q', Value, NOT_HTTP),
    ("telnet-option", 't', Value, NOT_HTTP),
    ("ftp-port", 'P', Value, NOT_HTTP),
    ("ftp-account", NO_LETTER, Value, NOT_HTTP),
    ("ftp-alternative-to-user", NO_LETTER, Value, NOT_HTTP),
    ("ftp-create-dirs", NO_LETTER, Nothing, NOT_HTTP),
    ("ftp-method", NO_LETTER, Value, NOT_HTTP),
    ("ftp-pasv", NO_LETTER, Nothing, NOT_HTTP),
    ("ftp-pret", NO_LETTER, Nothing, NOT_HTTP),
    ("ftp-skip-pasv-ip", NO_LETTER, Nothing, NOT_HTTP),
    ("ftp-ssl-ccc", NO_LETTER, Nothing, NOT_HTTP),
    ("ftp-ssl-ccc-mode", NO_LETTER, Value, NOT_HTTP),
    ("ftp-ssl-control", NO_LETTER, Nothing, NOT_HTTP),
    ("disable-eprt", NO_LETTER, Nothing, NOT_HTTP),
    ("disable-epsv", NO_LETTER, Nothing, NOT_HTTP),
    ("mail-auth", NO_LETTER, Value, NOT_HTTP),
    ("mail-from", NO_LETTER, Value, NOT_HTTP),
    ("mail-rcpt", NO_LETTER, Value, NOT_HTTP),
    ("mail-rcpt-allowfails", NO_LETTER, Nothing, NOT_HTTP),
    ("tftp-blksize", NO_LETTER, Value, NOT_HTTP),
    ("tftp-no-options", NO_LETTER, Nothing, NOT_HTTP),
    ("hostpubmd5", NO_LETTER, Value, NOT_HTTP),
    ("hostpubsha256", NO_LETTER, Value, NOT_HTTP),
    ("pubkey", NO_LETTER, Value, NOT_HTTP),
    ("compressed-ssh", NO_LETTER, Nothing, NOT_HTTP),
    ("metalink", NO_LETTER, Nothing, NOT_HTTP),
];
