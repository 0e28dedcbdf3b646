//! Imports every real file under the folder that `BEARCAT_SAMPLES` names: `postman`, `insomnia`, `har` in it. Left out
//! where it names none.
//!
//! What is written must be read again without a problem, each request with the method and URL of the input, and the
//! numbers of the report must be those of a count of the input that shares no code with the importers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bearcat::collection::draft::Fate;
use bearcat::collection::environment::merge::Files;
use bearcat::collection::environment::{EnvironmentFile, Visibility};
use bearcat::collection::file::Collection;
use bearcat::collection::import::finish::{Finished, finish};
use bearcat::collection::import::{self, Format, Input};
use serde_json::Value;

/// The sample folder of a format.
fn folder(name: &str) -> Option<PathBuf> {
    std::env::var_os("BEARCAT_SAMPLES").map(|root| PathBuf::from(root).join(name)).filter(|path| path.is_dir())
}

const LEFT_OUT: &str = "left out: BEARCAT_SAMPLES names no folder with files of this format";

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

struct Imported {
    finished: Finished,
    collections: Vec<Collection>,
}

impl Imported {
    fn taken(&self, kind: &str) -> usize {
        self.finished.report.taken.get(kind).copied().unwrap_or_default()
    }

    /// Method and URL of every request, as they are sent: line breaks and variables of the writer filled.
    fn requests(&self) -> Vec<(String, String)> {
        let all = self.collections.iter().flat_map(|collection| &collection.requests);
        all.map(|request| (request.method.text.clone(), request.url.text.replace("{{empty_text}}", ""))).collect()
    }

    fn line(&self, path: &Path, requests: usize) -> String {
        let report = &self.finished.report;
        let name = path.file_name().unwrap().to_string_lossy();
        let taken: Vec<String> = report.taken.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        format!(
            "{name}: input {requests} requests; files {}; commented {}, changed {}, dropped {}; taken {}",
            self.finished.collections,
            report.count(Fate::Commented),
            report.count(Fate::Changed),
            report.count(Fate::Dropped),
            taken.join(", ")
        )
    }
}

fn import(format: Format, path: &Path) -> Result<Imported, bearcat::model::problem::Problem> {
    let text = std::fs::read_to_string(path).unwrap();
    let read = |_: &Path| Err("not needed".to_owned());
    let input = Input { name: path, text: &text, files: &[], read: &read };
    assert_eq!(import::detect(&input), Some(format), "{}", path.display());
    let finished = finish(vec![import::import(format, &input)?], &Files::default()).unwrap();
    let mut collections = Vec::new();
    for (path, bytes) in finished.files.iter().take(finished.collections) {
        let collection = Collection::parse(path, bytes);
        assert_eq!(collection.problems, [], "{}", String::from_utf8_lossy(bytes));
        assert!(collection.requests.iter().all(|request| request.not_run.is_empty()), "{}", path.display());
        collections.push(collection);
    }
    let environments =
        [(&finished.environments.public, Visibility::Public), (&finished.environments.private, Visibility::Private)];
    for (text, visibility) in environments {
        assert_eq!(EnvironmentFile::parse(Path::new("env"), text, visibility).problems, [], "{text}");
    }
    for remark in &finished.report.remarks {
        assert!(!remark.place.is_empty() && !remark.reason.is_empty(), "{remark:?}");
    }
    Ok(Imported { finished, collections })
}

/// Placeholders of one spelling, so that renamed and made-up variables do not count as differences.
fn plain(url: &str) -> String {
    let url = url.replace("{%", "{{").replace("%}", "}}");
    let mut out = String::new();
    let mut rest = url.as_str();
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else { break };
        out.push_str(&rest[..open]);
        out.push_str("{}");
        rest = &rest[open + close + 2..];
    }
    out.push_str(rest);
    // The line that a parameter stands on ends where it ends.
    let out: String = out.chars().filter(|c| !matches!(c, '\n' | '\t' | '\r')).collect();
    let out = out.replace("%20", " ").replace("%3F", "?");
    // A password has moved to the private file.
    let host = out.split_once("://").map_or(0, |(scheme, _)| scheme.len() + 3);
    let end = out[host..].find('/').map_or(out.len(), |at| host + at);
    let out = match (out[host..end].find(':'), out[host..end].rfind('@')) {
        (Some(colon), Some(at)) if colon < at => format!("{}{{}}{}", &out[..=host + colon], &out[host + at..]),
        _ => out,
    };
    out.trim().replace("%09", "").replace("%0A", "").replace("%0D", "")
}

// Postman -----------------------------------------------------------------------------------------------------------

fn postman_requests<'a>(item: &'a Value, found: &mut Vec<&'a Value>) {
    for item in item["item"].as_array().into_iter().flatten() {
        if item.get("request").is_some() {
            found.push(item);
        }
        postman_requests(item, found);
    }
}

/// The URL of a request, in Postman's own words: enabled parameters only, path variables in their places.
fn postman_url(url: &Value) -> String {
    let joined = |list: &Value, separator: &str| {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(separator)
    };
    let parts = || {
        let protocol = url["protocol"].as_str().unwrap_or_default();
        let path = joined(&url["path"], "/");
        format!("{protocol}://{}/{}", joined(&url["host"], "."), path.trim_start_matches('/'))
    };
    let raw = url
        .as_str()
        .or_else(|| url["raw"].as_str())
        .filter(|raw| !raw.trim().is_empty())
        .map_or_else(parts, str::to_owned);
    let raw = plain(&raw);
    let raw = raw.as_str();
    let Some(parts) = url.as_object() else { return raw.to_owned() };
    let (rest, hash) = raw.split_once('#').map_or((raw, None), |(rest, hash)| (rest, Some(hash)));
    let (base, query) = rest.split_once('?').map_or((rest, None), |(base, query)| (base, Some(query)));
    let mut base: Vec<String> = base.split('/').map(str::to_owned).collect();
    for variable in parts.get("variable").and_then(Value::as_array).into_iter().flatten() {
        let key = variable["key"].as_str().or_else(|| variable["id"].as_str()).unwrap_or_default();
        for segment in base.iter_mut().skip(1).filter(|segment| segment[..] == format!(":{key}")) {
            "{}".clone_into(segment);
        }
    }
    let mut out = base.join("/");
    let listed = parts.get("query").and_then(Value::as_array).filter(|list| !list.is_empty());
    let pairs: Option<Vec<String>> = match (listed, query) {
        (Some(list), _) => {
            let enabled: Vec<String> = list
                .iter()
                .filter(|row| row["disabled"] != Value::Bool(true))
                .map(|row| {
                    let key = row["key"].as_str().unwrap_or_default();
                    let key = plain(key).replace('#', "%23").replace('&', "%26").replace('=', "%3D");
                    let value = row["value"].as_str().map(|value| value.replace('#', "%23").replace('&', "%26"));
                    value.map_or(key.clone(), |value| format!("{key}={value}"))
                })
                .collect();
            (!enabled.is_empty()).then_some(enabled)
        }
        (None, Some(query)) => Some(vec![query.to_owned()]),
        (None, None) => None,
    };
    if let Some(pairs) = pairs {
        out.push('?');
        out.push_str(&pairs.join("&"));
    }
    if let Some(hash) = hash {
        out.push('#');
        out.push_str(hash);
    }
    out
}

#[test]
fn postman_collections() {
    let Some(folder) = folder("postman") else {
        println!("{LEFT_OUT}");
        return;
    };
    let mut totals: BTreeMap<&'static str, usize> = BTreeMap::new();
    for path in files(&folder) {
        let json: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut wanted = Vec::new();
        postman_requests(&json, &mut wanted);
        let imported = import(Format::Postman, &path).unwrap();
        println!("{}", imported.line(&path, wanted.len()));
        for (kind, count) in &imported.finished.report.taken {
            *totals.entry(kind).or_default() += count;
        }
        let requests = imported.requests();
        assert_eq!(requests.len(), wanted.len(), "{}", path.display());
        // A collection in several files has them in another order.
        let sorted = |list: Vec<(String, String)>| {
            let mut list = list;
            list.sort();
            list
        };
        // A token that goes into the query stands in the URL now.
        let token = |url: String| url.replace("?access_token={}", "").replace("&access_token={}", "");
        let read = requests.into_iter().map(|(method, url)| (method, token(plain(&url)))).collect();
        let expected = wanted.iter().map(|item| {
            let request = &item["request"];
            let method = request["method"].as_str().unwrap_or("GET").to_owned();
            (method, plain(&postman_url(if request.is_object() { &request["url"] } else { request })))
        });
        assert_eq!(sorted(read), sorted(expected.collect()), "{}", path.display());

        let count = |list: &dyn Fn(&Value) -> usize| -> usize { wanted.iter().map(|item| list(item)).sum() };
        let filled = |row: &&Value| {
            row["key"].as_str().is_some_and(|key| !key.trim().is_empty())
                || row["value"].as_str().is_some_and(|value| !value.trim().is_empty())
        };
        let rows = |list: &Value| list.as_array().map_or(0, |list| list.iter().filter(filled).count());
        assert_eq!(imported.taken("headers"), count(&|item| rows(&item["request"]["header"])));
        assert_eq!(imported.taken("form fields"), count(&|item| rows(&item["request"]["body"]["urlencoded"])));
        let examples = count(&|item| {
            item["response"].as_array().map_or(0, |list| list.iter().filter(|it| it.is_object()).count())
        });
        let remarks = |kind: &str| imported.finished.report.remarks.iter().filter(|remark| remark.kind == kind).count();
        assert_eq!(remarks("example"), examples);
        let secrets = &imported.finished.environments.private;
        for (_, bytes) in &imported.finished.files {
            assert!(!String::from_utf8_lossy(bytes).contains("Basic dXNlcm5hbWU6cGFzc3dvcmQ="), "{secrets}");
        }
    }
    println!("all: {totals:?}");
}

// Insomnia ----------------------------------------------------------------------------------------------------------

/// Requests over HTTP, and the number of others.
fn insomnia_requests<'a>(json: &'a Value, found: &mut Vec<&'a Value>) -> usize {
    let list = |value: &'a Value| value.as_array().into_iter().flatten();
    let mut others = 0;
    for resource in list(&json["resources"]) {
        match resource["_type"].as_str() {
            Some("request") => found.push(resource),
            Some("websocket_request" | "grpc_request") => others += 1,
            _ => {}
        }
    }
    let mut open: Vec<&Value> = list(&json["collection"]).collect();
    while let Some(item) = open.pop() {
        open.extend(list(&item["children"]));
        let id = item["meta"]["id"].as_str().unwrap_or_default();
        if item.get("url").is_some() && !id.starts_with("ws-") && !id.starts_with("greq_") {
            found.push(item);
        }
    }
    others
}

#[test]
fn insomnia_collections() {
    let Some(folder) = folder("insomnia") else {
        println!("{LEFT_OUT}");
        return;
    };
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains("malformed") || name.contains("missing-collection") {
            let problem = import(Format::Insomnia, &path).err().unwrap();
            println!("{name}: {problem}");
            assert!(name.contains("missing") || problem.place.is_some_and(|place| place.line > 1), "{name}");
            continue;
        }
        let json: Value = serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut wanted = Vec::new();
        let others = insomnia_requests(&json, &mut wanted);
        let imported = import(Format::Insomnia, &path).unwrap();
        println!("{}", imported.line(&path, wanted.len()));
        let not_http = imported
            .finished
            .report
            .remarks
            .iter()
            .filter(|remark| remark.kind == "request" && remark.fate == Fate::Commented);
        assert_eq!(not_http.count(), others);
        let mut read: Vec<_> = imported.requests().into_iter().map(|(method, url)| (method, plain(&url))).collect();
        let mut expected: Vec<_> = wanted
            .iter()
            .map(|request| {
                let mut url = plain(request["url"].as_str().unwrap_or_default());
                let rows = request["parameters"].as_array().into_iter().flatten();
                for row in rows.filter(|row| row["disabled"] != Value::Bool(true) && row["name"] != "") {
                    url.push(if url.contains('?') { '&' } else { '?' });
                    let text = |key: &str| plain(row[key].as_str().unwrap_or_default());
                    url.extend([&text("name"), "=", &text("value")]);
                }
                (request["method"].as_str().unwrap_or("GET").to_owned(), url)
            })
            .collect();
        read.sort();
        expected.sort();
        assert_eq!(read, expected, "{name}");
        let is_noise = |row: &Value| {
            row["value"].as_str().is_some_and(|value| value.starts_with("insomnia/")) || row["name"] == ""
        };
        let rows = |request: &&Value| {
            request["headers"].as_array().map_or(0, |list| list.iter().filter(|row| !is_noise(row)).count())
        };
        assert_eq!(imported.taken("headers"), wanted.iter().map(rows).sum::<usize>(), "{name}");
    }
}

// HAR ---------------------------------------------------------------------------------------------------------------

/// Address and sorted parameters.
fn har_target(url: &str, listed: &Value) -> (String, Vec<(String, String)>) {
    let mut url = url::Url::parse(url).unwrap();
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for row in listed.as_array().into_iter().flatten() {
        let pair = (row["name"].as_str().unwrap().to_owned(), row["value"].as_str().unwrap().to_owned());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs.sort();
    url.set_query(None);
    url.set_fragment(None);
    (url.to_string(), pairs)
}

#[test]
fn http_archives() {
    let Some(folder) = folder("har") else {
        println!("{LEFT_OUT}");
        return;
    };
    for path in files(&folder) {
        let json: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let entries: Vec<&Value> = match json["log"]["entries"].as_array() {
            Some(entries) => entries.iter().map(|entry| &entry["request"]).collect(),
            None => vec![&json],
        };
        let imported = import(Format::Har, &path).unwrap();
        println!("{}", imported.line(&path, entries.len()));
        let mut read: Vec<_> =
            imported.requests().into_iter().map(|(method, url)| (method, har_target(&url, &Value::Null))).collect();
        let mut expected: Vec<_> = entries
            .iter()
            .filter(|request| request["url"] != "")
            .map(|request| {
                let url = request["url"].as_str().unwrap();
                (request["method"].as_str().unwrap().to_uppercase(), har_target(url, &request["queryString"]))
            })
            .collect();
        read.sort();
        expected.sort();
        assert_eq!(read, expected, "{}", path.display());
        let dropped = imported.finished.report.remarks.iter().filter(|remark| remark.kind == "request").count();
        assert_eq!(dropped, entries.len() - expected.len(), "{}", path.display());
    }
}
