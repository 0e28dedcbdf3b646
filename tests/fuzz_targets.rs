//! The fuzz targets of `tests/fuzz`, driven by generated input: texts that look like files, changed at random.
//!
//! `BEARCAT_FUZZ_SECONDS=300 cargo test --test fuzz_targets` goes on for that long.

#![expect(clippy::print_stdout, reason = "says which input failed, and how many there were")]

#[path = "fuzz/targets.rs"]
mod targets;

use std::time::{Duration, Instant};

/// Pieces that mean something to one of the readers.
const PIECES: &[&str] = &[
    "###",
    "### a\n",
    "# @name a\n",
    "// @auth jane\n",
    "# @assert .status == 200\n",
    "# @capture x = .body.id\n",
    "# @prompt x\n",
    "GET https://a.test/",
    "POST /x HTTP/1.1\n",
    "GRAPHQL http://a\n",
    "Host: a\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "Content-Type: application/json\n",
    "Content-Type: multipart/form-data; boundary=b\n",
    "--b\n",
    "--b--\n",
    "Content-Disposition: form-data; name=\"x\"; filename=\"y\"\n",
    "Authorization: Basic a b\n",
    "< ./f\n",
    "<@ ./f\n",
    "> {%\n",
    "%}\n",
    "{{",
    "}}",
    "{{a}}",
    "{{$uuid}}",
    "{{$randomInt 1 5}}",
    "{{$datetime \"YYYY\" -1 d}}",
    "{{x.response.body.$.a}}",
    "{{$auth.token(\"j\")}}",
    "@a = {{b}}\n",
    "@b = {{a}}\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ":",
    ",",
    "1e9",
    "true",
    "\"a\": ",
    "/*",
    "*/",
    "//",
    "é",
    "\u{feff}",
    "\u{1f600}",
    "\u{0}",
    "a",
    " ",
    "\t",
    "?a=b",
    "&c=d",
    "query { a }",
    "import ./x.http\n",
    "run #a\n",
    "'",
    "`",
    "${",
    "$(",
    "<a>",
    "</a>",
    "<!--",
    "curl x\n",
];

/// A small generator of its own, so that a run can be done again from its number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    fn input(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.roll(40) {
            bytes.extend(PIECES[self.roll(PIECES.len())].as_bytes());
        }
        for _ in 0..self.roll(4) {
            let at = self.roll(bytes.len() + 1);
            match self.roll(3) {
                0 => bytes.insert(at, self.roll(256) as u8),
                1 if at < bytes.len() => {
                    bytes.remove(at);
                }
                _ => bytes.truncate(at.max(bytes.len() / 2)),
            }
        }
        bytes
    }
}

/// Runs a target on many inputs; a failure names the number that makes its input.
fn drive(target: fn(&[u8])) {
    let seconds = std::env::var("BEARCAT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut number: u64 = 1;
    while end.map_or(number <= 1_500, |end| Instant::now() < end) {
        let input = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).input();
        if let Err(panic) = std::panic::catch_unwind(|| target(&input)) {
            println!("input {number}: {:?}", String::from_utf8_lossy(&input));
            std::panic::resume_unwind(panic);
        }
        number += 1;
    }
    println!("{} inputs", number - 1);
}

#[test]
fn http_files_of_any_bytes() {
    drive(targets::http_file);
}

#[test]
fn templates_of_any_text() {
    drive(targets::template);
}

#[test]
fn exports_of_any_file() {
    drive(targets::export);
}

#[test]
fn json_of_any_bytes() {
    drive(targets::json);
}
