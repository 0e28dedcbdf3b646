//! `SSLConfiguration` of an environment, as JetBrains' HTTP client has it: a client certificate, and whether the
//! server's is checked.
//!
//! ```json
//! { "dev": { "SSLConfiguration": {
//!     "clientCertificate": "certs/client.pem", "clientCertificateKey": { "path": "certs/client.key", "format": "PEM" },
//!     "hasCertificatePassphrase": true, "verifyHostCertificate": false } } }
//! ```
//! JetBrains asks for the passphrase; bearcat reads `clientCertificatePassphrase` beside it (text or a template), else
//! the process's `BEARCAT_CERTIFICATE_PASSPHRASE`. Paths are relative to the file.

use std::path::{Path, PathBuf};

use crate::collection::environment::json::{Json, Member, Node};
use crate::collection::environment::{EnvironmentFile, Environments, Visibility};
use crate::collection::lines;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::tls::{CertificateCheck, CertificateFiles, ClientCertificate, TlsOptions};
use crate::redact::SecretText;

/// The template of the passphrase that is in no file.
const FROM_PROCESS: &str = "{{$processEnv BEARCAT_CERTIFICATE_PASSPHRASE}}";

/// What one block says; `None`: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SslConfiguration {
    /// `clientCertificate`, relative to the workspace like the file it stands in.
    pub certificate: Option<PathBuf>,
    /// `clientCertificateKey`.
    pub key: Option<PathBuf>,
    /// `hasCertificatePassphrase`.
    pub has_passphrase: Option<bool>,
    /// `clientCertificatePassphrase`: text or a template.
    pub passphrase: Option<SecretText>,
    /// `verifyHostCertificate`.
    pub verify: Option<bool>,
}

impl SslConfiguration {
    /// The same with what `later` says over it.
    fn with(self, later: &Self) -> Self {
        Self {
            certificate: later.certificate.clone().or(self.certificate),
            key: later.key.clone().or(self.key),
            has_passphrase: later.has_passphrase.or(self.has_passphrase),
            passphrase: later.passphrase.clone().or(self.passphrase),
            verify: later.verify.or(self.verify),
        }
    }

    fn options(self, root: &Path) -> Option<TlsOptions> {
        let passphrase = match self.passphrase {
            None if self.has_passphrase == Some(true) => Some(SecretText::unregistered(FROM_PROCESS)),
            given => given,
        };
        let client = self.certificate.map(|certificate| ClientCertificate {
            files: CertificateFiles::named(root.join(certificate), self.key.map(|key| root.join(key))),
            passphrase,
        });
        let check = if self.verify == Some(false) { CertificateCheck::Skipped } else { CertificateCheck::Done };
        (client.is_some() || check == CertificateCheck::Skipped).then(|| TlsOptions {
            ca_files: Vec::new(),
            client,
            check,
        })
    }
}

impl Environments {
    /// What `environment` says about TLS for the collections in `folder`; files are found from `root`, the workspace.
    /// The passphrase may still be a template.
    pub fn tls(&self, environment: Option<&str>, folder: &Path, root: &Path) -> Option<TlsOptions> {
        let blocks = self.layers_of(folder).into_iter().flat_map(|layer| layer.blocks(environment));
        blocks.fold(SslConfiguration::default(), |so_far, (_, block)| so_far.with(&block.ssl)).options(root)
    }
}

impl EnvironmentFile {
    /// Reads the block. What it does not know is JetBrains' own and ignored.
    pub(super) fn ssl(&mut self, text: &str, member: &Member) -> SslConfiguration {
        let mut ssl = SslConfiguration::default();
        if !member.value.is_object() {
            self.ssl_problem(text, &member.value, "`SSLConfiguration` is an object of settings");
            return ssl;
        }
        for setting in member.value.members() {
            let value = &setting.value;
            match setting.key.text.as_str() {
                "clientCertificate" => ssl.certificate = self.ssl_path(text, setting),
                "clientCertificateKey" => ssl.key = self.ssl_path(text, setting),
                "hasCertificatePassphrase" => ssl.has_passphrase = self.ssl_switch(text, setting),
                "verifyHostCertificate" => ssl.verify = self.ssl_switch(text, setting),
                "clientCertificatePassphrase" => match &value.value {
                    Json::Text(passphrase) => {
                        let is_template = passphrase.contains("{{");
                        if !is_template && self.visibility == Visibility::Public {
                            let title = "The passphrase of the client certificate stands in a file that may be shared";
                            self.ssl_problem(text, value, title);
                        }
                        ssl.passphrase = Some(if is_template {
                            SecretText::unregistered(passphrase)
                        } else {
                            SecretText::new(passphrase)
                        });
                    }
                    _ => self.ssl_problem(text, value, "`clientCertificatePassphrase` is text in quotes"),
                },
                _ => {}
            }
        }
        ssl
    }

    /// A path, or an object with a `path`; its `format` is seen from the file.
    fn ssl_path(&mut self, text: &str, setting: &Member) -> Option<PathBuf> {
        let path = setting.value.get("path").unwrap_or(&setting.value);
        let Json::Text(path) = &path.value else {
            let title = format!("`{}` is a path, or an object with a `path`", setting.key.text);
            self.ssl_problem(text, &setting.value, &title);
            return None;
        };
        Some(self.path.parent().unwrap_or(Path::new("")).join(path))
    }

    fn ssl_switch(&mut self, text: &str, setting: &Member) -> Option<bool> {
        if let Json::Bool(value) = setting.value.value {
            return Some(value);
        }
        self.ssl_problem(text, &setting.value, &format!("`{}` is true or false", setting.key.text));
        None
    }

    fn ssl_problem(&mut self, text: &str, node: &Node, title: &str) {
        let problem = Problem::new(ProblemKind::Input, title)
            .hint(
                "Write `\"SSLConfiguration\": { \"clientCertificate\": \"client.pem\" }`; a passphrase belongs into \
                   http-client.private.env.json",
            )
            .at(lines::place(&self.path, text, node.span.start));
        self.problems.push(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::environment::{Layer, LayerScope};

    fn read(public: &str, private: &str) -> Environments {
        let file = |name: &str, text: &str, visibility| EnvironmentFile::parse(Path::new(name), text, visibility);
        let files = vec![
            file("api/http-client.env.json", public, Visibility::Public),
            file("api/http-client.private.env.json", private, Visibility::Private),
        ];
        let layers = vec![Layer { scope: LayerScope::Folder("api".into()), files }];
        Environments { layers, ..Environments::default() }
    }

    fn tls(environments: &Environments) -> Option<TlsOptions> {
        environments.tls(Some("dev"), Path::new("api"), Path::new("/work"))
    }

    #[test]
    fn the_private_file_wins_member_by_member() {
        let environments = read(
            r#"{"dev": {"SSLConfiguration": {"clientCertificate": "client.pem", "verifyHostCertificate": false}}}"#,
            r#"{"dev": {"SSLConfiguration": {"clientCertificateKey": {"path": "keys/client.key", "format": "PEM"},
                "hasCertificatePassphrase": true, "clientCertificatePassphrase": "{{pass}}", "verifyHostCertificate": true}}}"#,
        );
        let options = tls(&environments).unwrap();
        assert_eq!(options.check, CertificateCheck::Done);
        let client = options.client.unwrap();
        let expected = CertificateFiles::named("/work/api/client.pem".into(), Some("/work/api/keys/client.key".into()));
        assert_eq!(client.files, expected);
        assert_eq!(client.passphrase.unwrap().expose(), "{{pass}}");
        assert_eq!(environments.problems().count(), 0);
    }

    #[test]
    fn a_passphrase_that_is_in_no_file_comes_from_the_process() {
        let environments = read(
            r#"{"$shared": {"SSLConfiguration": {"clientCertificate": {"path": "c.p12"}, "hasCertificatePassphrase": true}}}"#,
            "{}",
        );
        let client = tls(&environments).unwrap().client.unwrap();
        assert_eq!(client.files, CertificateFiles::Pkcs12("/work/api/c.p12".into()));
        assert_eq!(client.passphrase.unwrap().expose(), FROM_PROCESS);
    }

    #[test]
    fn mistakes_are_told_and_nothing_is_nothing() {
        assert_eq!(tls(&read("{}", "{}")), None);
        assert_eq!(tls(&read(r#"{"dev": {"SSLConfiguration": {"verifyHostCertificate": true}}}"#, "{}")), None);
        let environments = read(
            r#"{"dev": {"SSLConfiguration": {"clientCertificate": 1, "verifyHostCertificate": "no",
                "clientCertificatePassphrase": "plain-passphrase", "clientCertificateKey": {}}}, "x": {"SSLConfiguration": 1}}"#,
            "{}",
        );
        let titles: Vec<_> = environments.problems().map(|problem| problem.title.as_str()).collect();
        assert_eq!(titles.len(), 5, "{titles:?}");
        assert!(!format!("{environments:?}").contains("plain-passphrase"));
    }
}
