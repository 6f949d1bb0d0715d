//! The built program while a test uses it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) fn earnest(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earnest"));
    command.args(arguments).current_dir(folder).env_clear();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    earnest(folder.path(), arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What a command that could not do its work said: one clear line and nothing on the standard output.
pub(crate) fn one_line(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    let told = text(&output.stderr).to_owned();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("earnest: "), "{told}");
    told
}

/// A site that serves from the `data` folder of a directory.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        let child = earnest(folder.path(), &all).stderr(Stdio::null()).spawn();
        Self::of(child.unwrap())
    }

    /// A site that was started in another way, once it says where it is.
    pub(crate) fn of(mut child: Child) -> Self {
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let rest = line
            .strip_prefix("Earnest is at http://")
            .unwrap_or_else(|| panic!("{line}"));
        let address = rest.split(' ').next().unwrap().to_owned();
        Self { child, address }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        );
        self.ask(&head)
    }

    pub(crate) fn post(&self, form: &str) -> String {
        self.post_to("/requests", form)
    }

    pub(crate) fn post_to(&self, path: &str, form: &str) -> String {
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\ncontent-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{form}",
            self.address,
            form.len()
        ))
    }

    pub(crate) fn stop(mut self) {
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

pub(crate) fn raise(running: &Running, name: &str) {
    let form = format!("name={name}&email=a%40example.com&summary=An+API&role=Python");
    let reply = running.post(&form);
    assert!(reply.starts_with("HTTP/1.1 303"), "{reply}");
}
