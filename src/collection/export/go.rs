//! Go with `net/http`, formatted as `gofmt` does it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::collection::export::code::joined;
use crate::collection::export::name;
use crate::collection::export::python::base_name;
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest};
use crate::collection::export::resolve::{Resolver, Text};

pub(super) fn write(requests: &[ExportRequest], resolver: &mut Resolver) -> String {
    let mut used: BTreeSet<&'static str> = ["fmt", "io", "log", "net/http", "strings"].into();
    let mut blocks = String::new();
    for request in requests {
        if !blocks.is_empty() {
            blocks.push('\n');
        }
        blocks.push_str(&call(request, resolver, &mut used));
    }
    let mut helpers = String::from(SEND);
    for (is_used, helper) in [
        (blocks.contains("env("), ENVIRONMENT),
        (blocks.contains("file("), FILE),
        (blocks.contains("basic("), BASIC),
        (blocks.contains("part("), PART),
    ] {
        if is_used {
            helpers.push_str(helper);
        }
    }
    for (word, package) in [
        ("os.", "os"),
        ("base64.", "encoding/base64"),
        ("textproto.", "net/textproto"),
        ("multipart.", "mime/multipart"),
        ("bytes.", "bytes"),
    ] {
        if helpers.contains(word) || used.contains(package) {
            used.insert(package);
        }
    }
    let mut out = String::from("// Made by bearcat. Run: go run requests.go\n");
    for variable in resolver.variables() {
        let _ = writeln!(out, "// {}: {}", variable.name, name::comment(&variable.meaning));
    }
    out.push_str("package main\n\nimport (\n");
    for package in used {
        let _ = writeln!(out, "\t\"{package}\"");
    }
    let _ = write!(out, ")\n\nfunc main() {{\n{blocks}}}\n{helpers}");
    out
}

const SEND: &str = r#"
func send(method, url string, redirects int, headers [][2]string, body io.Reader) {
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		log.Fatal(err)
	}
	for _, header := range headers {
		if strings.EqualFold(header[0], "Host") {
			request.Host = header[1]
		} else {
			request.Header.Add(header[0], header[1])
		}
	}
	client := &http.Client{CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > redirects {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Status, string(text))
}
"#;

const ENVIRONMENT: &str = r#"
func env(name string) string {
	value, ok := os.LookupEnv(name)
	if !ok {
		log.Fatal(name + " is not set")
	}
	return value
}
"#;

const FILE: &str = r"
func file(path string) io.Reader {
	reader, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	return reader
}
";

const BASIC: &str = r#"
func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}
"#;

const PART: &str = r#"
func part(form *multipart.Writer, name, fileName, contentType string, content io.Reader) {
	quote := strings.NewReplacer("\\", "\\\\", "\"", "\\\"")
	header := textproto.MIMEHeader{}
	disposition := "form-data; name=\"" + quote.Replace(name) + "\""
	if fileName != "" {
		disposition += "; filename=\"" + quote.Replace(fileName) + "\""
	}
	header.Set("Content-Disposition", disposition)
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	writer, err := form.CreatePart(header)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(writer, content); err != nil {
		log.Fatal(err)
	}
}
"#;

fn text(text: &Text) -> String {
    joined(text, quote::go, |name| format!("env({})", quote::go(name)), " + ")
}

fn reader(chunk: &Chunk) -> String {
    match chunk {
        Chunk::Text(content) => format!("strings.NewReader({})", argument(content)),
        Chunk::File(path) => format!("file({})", argument(path)),
    }
}

/// As an argument `gofmt` wants no blanks around `+`.
fn argument(content: &Text) -> String {
    joined(content, quote::go, |name| format!("env({})", quote::go(name)), "+")
}

fn call(request: &ExportRequest, resolver: &mut Resolver, used: &mut BTreeSet<&'static str>) -> String {
    let mut out = format!("\t// {}\n", request.label);
    for check in &request.checks {
        let _ = writeln!(out, "\t// assert {}", name::comment(&check.source));
    }
    let body = request.plain_body();
    let is_form = matches!(body, Body::Multipart(_));
    let indent = if is_form { "\t\t" } else { "\t" };
    if let Body::Multipart(parts) = &body {
        used.extend(["bytes", "mime/multipart"]);
        out.push_str("\t{\n\t\tvar body bytes.Buffer\n\t\tform := multipart.NewWriter(&body)\n");
        for part in parts {
            let file_name = match (&part.file_name, &part.content) {
                (Some(name), _) => argument(name),
                (None, Chunk::File(path)) => quote::go(base_name(path)),
                (None, Chunk::Text(_)) => "\"\"".to_owned(),
            };
            let kind = part.content_type.as_ref().map_or_else(|| "\"\"".to_owned(), argument);
            let _ = writeln!(
                out,
                "\t\tpart(form, {}, {file_name}, {kind}, {})",
                argument(&part.name),
                reader(&part.content)
            );
        }
        out.push_str("\t\tform.Close()\n");
    }
    let _ = writeln!(
        out,
        "{indent}send({}, {}, {}, [][2]string{{",
        quote::go(&request.method),
        argument(&request.url),
        request.max_redirects
    );
    for (name, value) in &request.headers {
        let _ = writeln!(out, "{indent}\t{{{}, {}}},", quote::go(name), text(value));
    }
    match &request.auth {
        Auth::Headers => {}
        Auth::Basic(user, password) => {
            let _ =
                writeln!(out, "{indent}\t{{\"Authorization\", basic({}, {})}},", argument(user), argument(password));
        }
        Auth::Digest(..) => resolver.remark("Go's `net/http` knows no digest authentication: it is left out"),
    }
    if is_form {
        let _ = writeln!(out, "{indent}\t{{\"Content-Type\", form.FormDataContentType()}},");
    }
    let value = match &body {
        Body::None | Body::GraphQl(..) => "nil".to_owned(),
        Body::Text(body) => format!("strings.NewReader({})", argument(body)),
        Body::File(path) => format!("file({})", argument(path)),
        Body::Multipart(_) => "&body".to_owned(),
        Body::Mixed(chunks) => {
            format!("io.MultiReader({})", chunks.iter().map(reader).collect::<Vec<_>>().join(", "))
        }
    };
    let _ = writeln!(out, "{indent}}}, {value})");
    if is_form {
        out.push_str("\t}\n");
    }
    out
}
