//! What must not leak, learned from the wire: a relay between bearcat and the provider that reads along, and a search
//! for what it read in any guise.

use std::collections::{BTreeSet, HashSet};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Passes everything on to `upstream` and back, and keeps a copy.
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    /// Starts one; it ends with the process.
    pub fn to(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(upstream) else { continue };
                let there = (client.try_clone().unwrap(), server.try_clone().unwrap());
                for (from, to) in [there, (server, client)] {
                    let ears = Arc::clone(&ears);
                    // The provider serves its own name only.
                    let host = (address.to_string(), upstream.to_string());
                    std::thread::spawn(move || pass_on(from, to, &host, &ears));
                }
            }
        });
        Self { address, heard }
    }

    /// The secrets that went through, so far: tokens, codes, verifiers, client secrets.
    pub fn secrets(&self) -> BTreeSet<String> {
        let heard = self.heard.lock().unwrap();
        let text = String::from_utf8_lossy(&heard).into_owned();
        drop(heard);
        let mut secrets = BTreeSet::new();
        for member in ["access_token", "id_token", "refresh_token", "device_code"] {
            let quoted = format!("\"{member}\":\"");
            let values = text.split(&quoted).skip(1).filter_map(|rest| rest.split('"').next());
            secrets.extend(values.map(str::to_owned));
        }
        // Bodies of forms are one line; a body's last field ends where the next request or answer begins.
        for line in text.lines() {
            let form = line.split("HTTP/1.1").next().unwrap_or_default();
            for (name, value) in url::form_urlencoded::parse(form.trim_end().as_bytes()) {
                let names = ["code", "code_verifier", "client_secret", "refresh_token", "device_code", "token"];
                if names.contains(&&*name) && value.len() >= 16 {
                    secrets.insert(value.into_owned());
                }
            }
        }
        secrets
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, (asked, served): &(String, String), ears: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        // What passes here is text.
        let text = String::from_utf8_lossy(&buffer[..read]).replace(asked, served);
        ears.lock().unwrap().extend_from_slice(text.as_bytes());
        if to.write_all(text.as_bytes()).is_err() {
            break;
        }
    }
    // Message boundaries: a form without a line's end must not run into what comes next.
    ears.lock().unwrap().extend_from_slice(b"\r\n");
    let _ = to.shutdown(Shutdown::Write);
}

/// How long a piece of a secret is a leak.
const PIECE: usize = 24;
/// How far apart the pieces begin that are searched for: what is [`PIECE`] + this long is found for sure.
const STRIDE: usize = 4;

/// Searches texts for secrets: as they are, in base64 at any alignment, percent-encoded, in hexadecimal, and in each
/// case with anything between that no token has (line ends, spaces, frames, control sequences).
pub struct Search {
    pieces: HashSet<[u8; PIECE]>,
}

impl Search {
    /// A search for these. Each must be as long as a piece.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut pieces = HashSet::new();
        for secret in secrets {
            assert!(secret.len() >= PIECE, "too short to be searched for");
            for guise in guises(secret) {
                let guise = squeezed(guise.as_bytes());
                for piece in guise.windows(PIECE).step_by(STRIDE) {
                    pieces.insert(piece.try_into().unwrap());
                }
            }
        }
        Self { pieces }
    }

    /// Fails if there is a piece of a secret in `text`.
    #[track_caller]
    pub fn in_text(&self, place: &str, text: &[u8]) {
        for text in [text.to_vec(), squeezed(&without_sequences(text))] {
            for (at, piece) in text.windows(PIECE).enumerate() {
                if self.pieces.contains(piece) {
                    let around = &text[at.saturating_sub(200)..(at + PIECE + 40).min(text.len())];
                    panic!("a secret is in {place} at byte {at}: …{}…", String::from_utf8_lossy(around));
                }
            }
        }
    }

    /// Fails if there is one in a file below `folder`, or in its name. Returns the paths of the files.
    #[track_caller]
    pub fn in_files(&self, folder: &Path) -> Vec<String> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            self.in_text("the name of a file", path.as_os_str().as_encoded_bytes());
            if path.is_dir() {
                files.extend(self.in_files(&path));
            } else if path.is_file() {
                self.in_text(&path.display().to_string(), &std::fs::read(&path).unwrap());
                files.push(path.display().to_string());
            }
        }
        files
    }
}

fn guises(secret: &str) -> Vec<String> {
    let mut guises = vec![secret.to_owned()];
    guises.extend(url::form_urlencoded::byte_serialize(secret.as_bytes()).map(str::to_owned).reduce(|a, b| a + &b));
    for skipped in 0..3 {
        // Whole groups of three only: the rest depends on what stands after it.
        let bytes = &secret.as_bytes()[skipped..];
        let bytes = &bytes[..bytes.len() / 3 * 3];
        guises.extend([STANDARD_NO_PAD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)]);
    }
    for digits in [|byte: u8| format!("{byte:02x}"), |byte: u8| format!("{byte:02X}")] {
        guises.push(secret.bytes().map(digits).collect());
    }
    guises.retain(|guise| guise.len() >= PIECE);
    guises
}

/// Without what separates the lines, cells and panels of a screen.
fn squeezed(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || b"-_.~+/%=".contains(byte)).collect()
}

/// Without the control sequences of a terminal: `ESC [ … letter`, `ESC ] … BEL` keeps its text.
fn without_sequences(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != 0x1b {
            plain.push(byte);
            continue;
        }
        if bytes.next() == Some(b'[') {
            bytes.by_ref().find(|byte| (0x40..=0x7e).contains(byte));
        }
    }
    plain
}
