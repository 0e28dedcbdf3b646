//! The command line: every command and flag, with the words that `--help` and the manual show.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::collection::export::Format;

/// A terminal API tester that signs in for you and tells you why an API refused.
#[derive(Debug, Parser)]
#[command(
    name = "bearcat",
    version,
    about,
    long_about = "A terminal API tester that signs in for you (Kinde, or any OpenID Connect provider), sends the \
                  requests of plain .http files, and shows the decoded and verified token beside every response.\n\n\
                  Without a command it opens the terminal interface on DIR (the current folder by default).",
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 all good · 1 an expectation failed · 2 usage or bad file · 3 not signed in or sign-in \
                  failed · 4 network\nNot affiliated with Kinde."
)]
pub struct Cli {
    /// What to do; without one the terminal interface opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The folder to work in (the current one by default)
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// The environment of http-client.env.json
    #[arg(long = "env", value_name = "NAME", global = true)]
    pub environment: Option<String>,
    /// The identity to act as, whatever the request says (`anonymous` sends no token)
    #[arg(long = "as", value_name = "IDENTITY", global = true)]
    pub identity: Option<String>,
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, global = true, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Where tokens are kept [default: keyring, or what config.toml says]
    #[arg(long, value_enum, global = true, value_name = "STORE", env = "BEARCAT_VAULT")]
    pub vault: Option<VaultArgument>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VaultArgument {
    /// The operating system's keyring
    Keyring,
    /// A passphrase-encrypted file (asked for, or BEARCAT_PASSPHRASE)
    File,
    /// Memory only: forgotten at exit
    Memory,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try bearcat on an embedded Kinde-like environment with a protected API
    Demo(DemoArguments),
    /// Sign in
    Login(LoginArguments),
    /// Sign out: revoke at the provider and forget the tokens
    Logout(LogoutArguments),
    /// Show who is signed in, and whether the token holds
    Whoami(WhoamiArguments),
    /// Print, decode or verify a token: the session's own, or any other
    Token(TokenArguments),
    /// Send one request of a .http file
    Send(SendArguments),
    /// Send requests as several identities (`--as jane,admin,anonymous`; all of the environment by default) and compare
    /// the answers with `# @expect`
    Matrix(MatrixArguments),
    /// Prove what routes verify: send requests with deliberately bad tokens, slowly and one at a time
    Probe(ProbeArguments),
    /// Make .http files of a Postman, OpenAPI, curl, Insomnia, Bruno or HAR file, or of a Next.js app
    Import(ImportArguments),
    /// Show the variables of a request: values (secrets masked), where they come from, problems
    Variables(VariablesArguments),
    /// Secrets in the vault, for `{{$secret name}}` in requests
    Secret {
        /// What to do.
        #[command(subcommand)]
        command: SecretCommand,
    },
    /// Write requests for curl, other clients, programming languages or a load test
    Export(ExportArguments),
    /// Code that verifies a bearer token in your API: nextjs, express, fastapi, aspnet
    Sample(SampleArguments),
    /// Check the set-up: keyring, certificates, network, files, terminal
    Doctor,
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Evaluate jq expressions: bearcat starts this itself
    #[command(hide = true)]
    JqHelper,
    /// Print the main screen as SVG: the picture in the README
    #[command(hide = true)]
    Screenshot,
}

/// `bearcat demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// Keep the demo's tokens in the keyring instead of in memory
    #[arg(long)]
    pub keyring: bool,
    /// Serve the issuer and the API without the terminal interface, until interrupted
    #[arg(long)]
    pub serve: bool,
    /// The folder for the sample workspace [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    /// Port of the issuer (0: any free one)
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub issuer_port: u16,
    /// Port of the API (0: any free one)
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub api_port: u16,
    /// Sign in as jane, send one request, print what a user would see, and end: a check without a terminal
    #[arg(long)]
    pub check: bool,
}

/// `bearcat login`.
#[derive(Debug, Clone, Default, Args)]
pub struct LoginArguments {
    /// The provider: mybusiness.kinde.com, or any OpenID Connect issuer. Without one, the identity of the workspace
    pub issuer: Option<String>,
    /// Device code: type a code on any device
    #[arg(long, group = "grant")]
    pub device: bool,
    /// Browser: authorisation code with PKCE on a loopback address
    #[arg(long, group = "grant")]
    pub pkce: bool,
    /// Machine to machine: client credentials (the secret is asked for, or BEARCAT_CLIENT_SECRET)
    #[arg(long = "client-credentials", group = "grant")]
    pub client_credentials: bool,
    /// Keep a token that you paste (read from standard input)
    #[arg(long, group = "grant")]
    pub paste: bool,
    /// The application's client id
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// An API to ask for; may be given several times
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Vec<String>,
    /// Scopes, space separated [default: openid profile email offline]
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<String>,
    /// Kinde organisation code (org_…)
    #[arg(long, value_name = "CODE")]
    pub org: Option<String>,
    /// The name of the identity [default: the first label of the issuer]
    #[arg(long, value_name = "IDENTITY")]
    pub name: Option<String>,
    /// Ports for the browser's callback, in order [default: 53180, 53181, 53182]
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    pub port: Vec<u16>,
    /// Do not open a browser; print the address only
    #[arg(long)]
    pub no_browser: bool,
    /// How the client secret is sent [default: as the provider's metadata says]
    #[arg(long, value_enum, value_name = "METHOD")]
    pub client_auth: Option<ClientAuthArgument>,
    /// Where the token may be sent besides loopback, such as `https://api.example.com`; may be given several times
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Vec<String>,
}

/// How the client secret is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClientAuthArgument {
    /// In the form body (client_secret_post): what Kinde takes
    Post,
    /// HTTP Basic (client_secret_basic)
    Basic,
}

/// `bearcat logout`.
#[derive(Debug, Clone, Default, Args)]
pub struct LogoutArguments {
    /// The identity [default: the current one]
    pub name: Option<String>,
    /// All stored sessions
    #[arg(long)]
    pub all: bool,
    /// Also end the provider's session in the browser
    #[arg(long)]
    pub browser: bool,
}

/// `bearcat whoami`.
#[derive(Debug, Clone, Default, Args)]
pub struct WhoamiArguments {
    /// Ask the provider what it says now (profile; at Kinde also permissions, roles, flags, entitlements, properties)
    #[arg(long)]
    pub live: bool,
}

/// `bearcat token`.
#[derive(Debug, Clone, Default, Args)]
pub struct TokenArguments {
    /// Any token, or `-` for standard input. Without one: the session's
    pub token: Option<String>,
    /// The session's ID token
    #[arg(long, group = "kind")]
    pub id: bool,
    /// The session's access token (the default)
    #[arg(long, group = "kind")]
    pub access: bool,
    /// Show what is in it
    #[arg(long)]
    pub decode: bool,
    /// Renew the session first, even if it is not due
    #[arg(long)]
    pub refresh: bool,
    /// Check it against the issuer's key set
    #[arg(long)]
    pub verify: bool,
    /// The issuer to verify against [default: the identity's]
    #[arg(long, value_name = "ISSUER")]
    pub issuer: Option<String>,
    /// The audience that must be in it; may be given several times
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Vec<String>,
    /// Compare with another token, claim by claim: what differs from OTHER (`-`: standard input) to this one
    #[arg(long, value_name = "OTHER|-", conflicts_with_all = ["verify", "decode"])]
    pub compare: Option<String>,
    /// How large is it: bytes, the SDK's cookies, the header limits of servers
    #[arg(long, conflicts_with_all = ["verify", "decode", "compare"])]
    pub size: bool,
    /// Revoke the session's access token and refresh, so that the new one has today's claims; shows what changed
    #[arg(long, conflicts_with_all = ["token", "id", "decode", "verify", "compare", "size", "refresh"])]
    pub renew: bool,
    /// Would the token of this request pass? Checks it against `# @require`, origin, audience and carrier
    #[arg(
        long = "for",
        value_name = "FILE[#NAME]",
        conflicts_with_all = ["token", "id", "access", "decode", "refresh", "verify", "compare", "size", "renew"]
    )]
    pub for_request: Option<String>,
}

/// `bearcat send`.
#[derive(Debug, Clone, Default, Args)]
pub struct SendArguments {
    /// The request: FILE.http, FILE.http#NAME, or FILE.http#3 for the third
    #[arg(value_name = "FILE[#NAME]")]
    pub request: String,
    /// Write the body to this file instead of standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show the response head as well
    #[arg(long, short = 'i')]
    pub include: bool,
    /// Carry the token in the cookies of Kinde's Next.js SDK
    #[arg(long)]
    pub cookie: bool,
    /// Follow up to this many redirects
    #[arg(long, value_name = "N")]
    pub redirect: Option<u32>,
    /// Allow the token, and your own secrets that the request names, to go to this origin, this once
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// Set a variable, or answer a `# @prompt`; may be given several times
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
}

/// `bearcat matrix`.
#[derive(Debug, Clone, Default, Args)]
pub struct MatrixArguments {
    /// The requests: FILE.http, FILE.http#NAME or a folder; several may be given
    #[arg(value_name = "FILE[#NAME]|DIR", required = true)]
    pub paths: Vec<String>,
    /// How many requests to each host may be under way
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: u8,
    /// Send also requests that may change something (all methods but GET, HEAD and OPTIONS), and those with `# @note`
    #[arg(long = "unsafe")]
    pub unsafe_methods: bool,
    /// Write a report (junit, json, html or text) to a file, or to standard output; may be given several times
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<String>,
    /// Allow tokens, and your own secrets that the requests name, to go to this origin, this once
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// Set a variable, or answer a `# @prompt`; may be given several times
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
}

/// `bearcat probe`.
#[derive(Debug, Clone, Default, Args)]
pub struct ProbeArguments {
    /// The requests: FILE.http, FILE.http#NAME or a folder; several may be given
    #[arg(value_name = "FILE[#NAME]|DIR", required = true)]
    pub paths: Vec<String>,
    /// Send only these probes, comma separated (`not-a-jwt` always; `query` only if it is named here)
    #[arg(long, value_name = "PROBE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Probe also requests with this method; GET and HEAD are probed anyway. Each probe that is accepted acts
    #[arg(long, value_name = "METHOD", value_delimiter = ',')]
    pub method: Vec<String>,
    /// Send forged tokens to this origin, which the identity allows; this machine needs none. May be given several times
    #[arg(long, value_name = "ORIGIN")]
    pub confirm: Vec<String>,
    /// How many requests a second
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub rate: u8,
    /// Carry the token in the cookies of Kinde's Next.js SDK
    #[arg(long)]
    pub cookie: bool,
    /// Write a report (json or text) to a file, or to standard output; may be given several times
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<String>,
    /// Set a variable, or answer a `# @prompt`; may be given several times
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
}

/// `bearcat sample`.
#[derive(Debug, Clone, Default, Args)]
pub struct SampleArguments {
    /// nextjs, express, fastapi or aspnet; without it, their list
    pub framework: Option<String>,
}

/// `bearcat variables`.
#[derive(Debug, Clone, Default, Args)]
pub struct VariablesArguments {
    /// The request: FILE.http, FILE.http#NAME, or FILE.http#3 for the third
    #[arg(value_name = "FILE[#NAME]")]
    pub request: String,
    /// Also those that the request does not use
    #[arg(long)]
    pub all: bool,
    /// Set a variable; may be given several times
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
}

/// `bearcat import`.
#[derive(Debug, Clone, Default, Args)]
pub struct ImportArguments {
    /// The format, unless the files say so themselves: postman, openapi, curl, insomnia, bruno, har or nextjs; then
    /// what to import: files, folders, or `-` for standard input. Collections and environments can be given together
    #[arg(value_name = "[FORMAT] FILE|DIR|-", required = true)]
    pub inputs: Vec<PathBuf>,
    /// The folder to write into [default: the current one]
    #[arg(long, short = 'o', value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long)]
    pub force: bool,
    /// Write nothing; say what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Add http-client.private.env.json to .gitignore, if git does not ignore it
    #[arg(long)]
    pub gitignore: bool,
    /// Print every remark instead of one line per reason
    #[arg(long, short = 'v')]
    pub verbose: bool,
}

/// `bearcat secret`. With `--env` a secret is for that environment only, and wins there over the one for all.
#[derive(Debug, Clone, Subcommand)]
pub enum SecretCommand {
    /// Keep a secret: typed unseen, or read from standard input; never an argument
    Set {
        /// Its name, as requests write it
        name: String,
        /// An origin that it may be sent to without asking; may be given several times
        #[arg(long, value_name = "ORIGIN")]
        origin: Vec<String>,
    },
    /// Show the names of all secrets, and where they may be sent
    List,
    /// Let a secret be sent to an origin without asking
    Allow {
        /// Its name
        name: String,
        /// Like `https://api.example.com`
        origin: String,
    },
    /// Forget a secret
    Remove {
        /// Its name
        name: String,
    },
}

/// `bearcat export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArguments {
    /// What to write
    #[arg(value_enum, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// The requests: FILE.http, FILE.http#NAME, FILE.http#3 for the third, or a folder
    #[arg(value_name = "FILE[#NAME]|DIR")]
    pub what: String,
    /// Write to this file instead of standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write the token itself where a variable would stand: whoever reads the export can act as you
    #[arg(long)]
    pub with_token: bool,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Commands for curl, to be pasted into a shell
    Curl,
    /// A .http file for other clients
    Http,
    /// A Postman collection, version 2.1
    Postman,
    /// A load test for k6
    K6,
    /// Python, with requests
    Python,
    /// JavaScript, with fetch
    #[value(alias = "js")]
    Javascript,
    /// Go, with net/http
    Go,
    /// Rust, with reqwest
    Rust,
}

impl From<ExportFormat> for Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Curl => Self::Curl,
            ExportFormat::Http => Self::Http,
            ExportFormat::Postman => Self::Postman,
            ExportFormat::K6 => Self::K6,
            ExportFormat::Python => Self::Python,
            ExportFormat::Javascript => Self::JavaScript,
            ExportFormat::Go => Self::Go,
            ExportFormat::Rust => Self::Rust,
        }
    }
}
