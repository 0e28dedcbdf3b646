//! Moving secrets out of drafts: `{{name}}` stands in the collection, the value in the private environment file.
//!
//! Called by [`finish`](super::finish) for every import. What counts as a secret: what the importer marked, the
//! password, token or key of an auth, and rows whose names say so. A value is moved once, whatever the number of
//! its places, and no name is taken that means something else already.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::collection::draft::{
    DraftAuth, DraftBody, DraftEnvironment, DraftFile, DraftRow, DraftVariable, Import, PartContent, RequestDraft,
    Sensitivity,
};
use crate::collection::environment::SHARED;
use crate::collection::import::text;
use crate::redact::{self, MASK};

/// Shorter values are not looked for in comments: they stand there by chance.
const SHORTEST_MASKED: usize = 8;

/// Names of headers, parameters and fields that hold secrets; compared in lower case without `-`, `_` and `.`.
const SECRET_NAMES: [&str; 30] = [
    "authorization",
    "proxyauthorization",
    "cookie",
    "xapikey",
    "apikey",
    "xauthtoken",
    "xaccesstoken",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "token",
    "authtoken",
    "bearertoken",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "newpassword",
    "oldpassword",
    "clientsecret",
    "secret",
    "apisecret",
    "secretkey",
    "apitoken",
    "privatekey",
    "clientassertion",
    "subscriptionkey",
    "ocpapimsubscriptionkey",
    "sessiontoken",
    "xamzsecuritytoken",
];

/// Does a header, parameter or field of this name hold a secret?
pub fn is_secret_name(name: &str) -> bool {
    let name = folded(name);
    SECRET_NAMES.contains(&name.as_str())
}

/// Does a variable of this name hold a secret? More names than [`is_secret_name`], because people make them up.
pub fn is_secret_variable(name: &str, value: &str) -> bool {
    const WORDS: [&str; 8] =
        ["password", "passwd", "passphrase", "secret", "apikey", "privatekey", "credential", "bearer"];
    let folded = folded(name);
    let is_address = value.trim_start().starts_with("http://") || value.trim_start().starts_with("https://");
    !is_address
        && !value.trim().is_empty()
        && (is_secret_name(name) || WORDS.iter().any(|word| folded.contains(word)) || folded.ends_with("token"))
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Moves the secrets of `import` into a `$shared` environment. `existing`: the variables that the files of the
/// workspace have, by name.
pub fn lift(import: &mut Import, existing: &BTreeMap<String, String>) {
    let names: BTreeSet<String> = existing.keys().cloned().collect();
    let mut lift = Lift { taken: names.clone(), existing: names, ..Lift::default() };
    for (name, value) in existing {
        lift.known.insert(value.clone(), name.clone());
    }
    for environment in &mut import.environments {
        for variable in &mut environment.variables {
            lift.taken.insert(variable.name.clone());
            let is_secret = is_secret_variable(&variable.name, &variable.value);
            if is_secret && !text::is_placeholder(&variable.value) {
                variable.sensitivity = Sensitivity::Secret;
            }
        }
    }
    for file in &import.files {
        lift.taken.extend(file.variables.iter().map(|(name, _)| name.clone()));
        for request in &file.requests {
            request.visit(&mut |part| lift.taken.extend(text::names(part)));
        }
    }
    for file in &mut import.files {
        lift.file(file);
    }
    let variables = lift.lifted;
    if variables.is_empty() {
        return;
    }
    import.report.take("secrets moved to the private file", variables.len());
    match import.environments.iter_mut().find(|environment| environment.name == SHARED) {
        Some(shared) => shared.variables.extend(variables),
        None => import
            .environments
            .insert(0, DraftEnvironment { name: SHARED.to_owned(), variables, ..DraftEnvironment::default() }),
    }
}

#[derive(Default)]
struct Lift {
    taken: BTreeSet<String>,
    /// The names of the workspace's own variables.
    existing: BTreeSet<String>,
    /// Names by value.
    known: HashMap<String, String>,
    lifted: Vec<DraftVariable>,
    stem: String,
    /// What was moved out of the file at hand.
    values: BTreeSet<String>,
}

impl Lift {
    fn file(&mut self, file: &mut DraftFile) {
        let stem = file.path.file_stem().unwrap_or_default().to_string_lossy();
        self.stem = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        self.values.clear();
        let variables = std::mem::take(&mut file.variables);
        for (name, value) in variables {
            if is_secret_variable(&name, &value) && !text::is_placeholder(&value) {
                self.variable(name, value, &mut file.variables);
            } else {
                file.variables.push((name, value));
            }
        }
        for request in &mut file.requests {
            self.request(request);
        }
        if self.values.is_empty() {
            return;
        }
        let values = &self.values;
        let texts = file
            .requests
            .iter_mut()
            .flat_map(|request| request.comments.iter_mut().chain(&mut request.trailing_comments));
        for text in texts.chain(&mut file.comments) {
            for value in values {
                if text.contains(value.as_str()) {
                    *text = text.replace(value.as_str(), MASK);
                }
            }
        }
    }

    /// A variable of the file: its name stays where no other value has it.
    fn variable(&mut self, name: String, value: String, rest: &mut Vec<(String, String)>) {
        let is_free = self.lifted.iter().all(|known| known.name != name || known.value == value)
            && self.known.get(&value).is_none_or(|known| *known == name)
            && (!self.existing.contains(&name) || self.known.get(&value) == Some(&name));
        if is_free && !self.lifted.iter().any(|known| known.name == name) {
            self.note(&value);
            self.known.entry(value.clone()).or_insert_with(|| name.clone());
            self.lifted.push(DraftVariable { name, value, sensitivity: Sensitivity::Secret });
        } else if !is_free {
            let placeholder = self.placeholder(&value, &name);
            rest.push((name, placeholder));
        }
    }

    fn request(&mut self, request: &mut RequestDraft) {
        match &mut request.auth {
            DraftAuth::Unspecified | DraftAuth::None | DraftAuth::Identity(_) => {}
            DraftAuth::Basic { password, .. } | DraftAuth::Digest { password, .. } => self.whole(password, "password"),
            DraftAuth::Bearer { token, .. } => self.whole(token, "token"),
            DraftAuth::ApiKey { value, .. } => self.whole(value, "api_key"),
        }
        self.url(&mut request.url);
        for row in &mut request.headers {
            self.header(row);
        }
        for row in &mut request.query {
            self.row(row);
        }
        match &mut request.body {
            DraftBody::Form(rows) => rows.iter_mut().for_each(|row| self.row(row)),
            DraftBody::Multipart(parts) => {
                for part in parts {
                    if let PartContent::Text(value) = &mut part.content
                        && is_secret_name(&part.name)
                    {
                        self.whole(value, &part.name);
                    }
                }
            }
            DraftBody::None | DraftBody::Text(_) | DraftBody::File(_) | DraftBody::GraphQl { .. } => {}
        }
    }

    fn row(&mut self, row: &mut DraftRow) {
        if row.sensitivity == Sensitivity::Secret || is_secret_name(&row.name) {
            self.whole(&mut row.value, &row.name);
        }
    }

    /// The scheme of an `Authorization` header may be read.
    fn header(&mut self, row: &mut DraftRow) {
        let is_authorization = row.name.to_ascii_lowercase().ends_with("authorization");
        if !is_authorization {
            self.row(row);
            return;
        }
        let value = row.value.trim();
        let (scheme, credentials) = match value.split_once(char::is_whitespace) {
            Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
                (Some(scheme), rest.trim())
            }
            _ => (None, value),
        };
        let kind = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("basic" | "digest") => "credentials",
            _ => "token",
        };
        let mut credentials = credentials.to_owned();
        if let ("credentials", Some((user, password))) = (kind, credentials.split_once(':')) {
            let mut password = password.to_owned();
            self.whole(&mut password, "password");
            credentials = format!("{user}:{password}");
        } else {
            self.whole(&mut credentials, kind);
        }
        row.value = scheme.map_or(credentials.clone(), |scheme| format!("{scheme} {credentials}"));
    }

    /// The password before the host, and parameters that stand in the text of the URL.
    fn url(&mut self, url: &mut String) {
        if let Some(start) = url.find("://").map(|at| at + 3) {
            let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
            if let Some(at) = url[start..end].rfind('@')
                && let Some(colon) = url[start..start + at].find(':')
            {
                let mut password = url[start + colon + 1..start + at].to_owned();
                self.whole(&mut password, "password");
                url.replace_range(start + colon + 1..start + at, &password);
            }
        }
        let Some(query) = url.find('?').map(|at| at + 1) else { return };
        let end = url[query..].find('#').map_or(url.len(), |at| query + at);
        if !url[query..end].split('&').any(|pair| pair.split_once('=').is_some_and(|(name, _)| is_secret_name(name))) {
            return;
        }
        let pairs: Vec<String> = url[query..end]
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if is_secret_name(name) => {
                    let mut value = value.to_owned();
                    self.whole(&mut value, name);
                    format!("{name}={value}")
                }
                _ => pair.to_owned(),
            })
            .collect();
        url.replace_range(query..end, &pairs.join("&"));
    }

    /// Puts a placeholder in the place of a value that holds more than placeholders.
    fn whole(&mut self, value: &mut String, kind: &str) {
        if !text::is_placeholder(value) {
            *value = self.placeholder(value, kind);
        }
    }

    fn placeholder(&mut self, value: &str, kind: &str) -> String {
        self.note(value);
        if let Some(name) = self.known.get(value) {
            return format!("{{{{{name}}}}}");
        }
        let kind: String = kind
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .take(40)
            .collect();
        let base = format!("{}_{kind}", self.stem);
        let mut name = base.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        self.known.insert(value.to_owned(), name.clone());
        let placeholder = format!("{{{{{name}}}}}");
        self.lifted.push(DraftVariable { name, value: value.to_owned(), sensitivity: Sensitivity::Secret });
        placeholder
    }

    fn note(&mut self, value: &str) {
        if value.len() >= SHORTEST_MASKED && !value.contains("{{") {
            self.values.insert(value.to_owned());
            redact::register(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn lifted(request: RequestDraft, existing: &BTreeMap<String, String>) -> (RequestDraft, Vec<(String, String)>) {
        let file = DraftFile { path: "my-api.http".into(), requests: vec![request], ..DraftFile::default() };
        let mut import = Import { files: vec![file], ..Import::default() };
        lift(&mut import, existing);
        let variables = import.environments.iter().flat_map(|environment| &environment.variables);
        let variables = variables.map(|variable| (variable.name.clone(), variable.value.clone())).collect();
        (import.files.remove(0).requests.remove(0), variables)
    }

    #[test]
    fn every_secret_has_a_name_and_one_value_has_one() {
        let request = RequestDraft {
            url: "https://jane:pa55word@api.test/?access_token=tok-1&x=1".into(),
            query: vec![DraftRow::new("api_key", "key-1"), DraftRow::new("page", "1")],
            headers: vec![
                DraftRow::new("Authorization", "Bearer tok-1"),
                DraftRow::new("X-Api-Key", "{{already}}"),
                DraftRow::new("Cookie", "a=b; c=d"),
            ],
            auth: DraftAuth::Basic { user: "jane".into(), password: "pa55word".into() },
            body: DraftBody::Form(vec![DraftRow::new("client_secret", "s"), DraftRow::new("grant", "x")]),
            trailing_comments: vec!["echo: pa55word".into()],
            ..RequestDraft::default()
        };
        let (request, variables) = lifted(request, &BTreeMap::new());
        assert_eq!(request.url, "https://jane:{{my_api_password}}@api.test/?access_token={{my_api_access_token}}&x=1");
        assert_eq!(request.headers[0].value, "Bearer {{my_api_access_token}}");
        assert_eq!(request.headers[1].value, "{{already}}");
        assert_eq!(request.headers[2].value, "{{my_api_cookie}}");
        assert_eq!(request.query[0].value, "{{my_api_api_key}}");
        assert_eq!(request.query[1].value, "1");
        assert_eq!(request.auth, DraftAuth::Basic { user: "jane".into(), password: "{{my_api_password}}".into() });
        assert_eq!(request.trailing_comments, [format!("echo: {MASK}")]);
        let values: Vec<&str> = variables.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["pa55word", "tok-1", "a=b; c=d", "key-1", "s"]);
    }

    #[test]
    fn names_of_others_are_not_taken_and_known_values_are_used() {
        let existing = BTreeMap::from([
            ("my_api_token".to_owned(), "another".to_owned()),
            ("mine".to_owned(), "tok-2".to_owned()),
        ]);
        let bearer = |token: &str| RequestDraft {
            auth: DraftAuth::Bearer { token: token.into(), prefix: String::new() },
            url: "{{my_api_token_2}}".into(),
            ..RequestDraft::default()
        };
        let (request, variables) = lifted(bearer("tok-1"), &existing);
        assert_eq!(request.auth, DraftAuth::Bearer { token: "{{my_api_token_3}}".into(), prefix: String::new() });
        assert_eq!(variables, [("my_api_token_3".to_owned(), "tok-1".to_owned())]);
        let (request, variables) = lifted(bearer("tok-2"), &existing);
        assert_eq!(request.auth, DraftAuth::Bearer { token: "{{mine}}".into(), prefix: String::new() });
        assert_eq!(variables, []);
    }

    #[rstest]
    #[case("API_KEY", "x", true)]
    #[case("githubToken", "x", true)]
    #[case("token_url", "https://x", false)]
    #[case("tokenUrl", "x", false)]
    #[case("password", "", false)]
    #[case("page", "1", false)]
    fn variables(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        assert_eq!(is_secret_variable(name, value), expected);
    }
}
