//! Letters as files in a folder: one `.eml` a letter, which any mail program opens.

pub(crate) mod smtp;

use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use earnest_app::outside::mail::{Mailer, NotSent, Sending};
use earnest_store::MailRow;

/// Characters of a line of base64 in a letter (RFC 2045 allows 76).
const LINE: usize = 76;

/// Writes letters into a folder.
pub(crate) struct FolderMailer {
    pub(crate) folder: PathBuf,
    /// Who they come from.
    pub(crate) sender: String,
}

impl Mailer for FolderMailer {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        let path = self.folder.join(format!("{}.eml", letter.id));
        let text = eml(&self.sender, letter);
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || write(&path, &text)).await;
            match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(NotSent::Later {
                    why: error.to_string(),
                }),
                Err(error) => Err(NotSent::Later {
                    why: error.to_string(),
                }),
            }
        })
    }
}

fn write(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = tempfile_beside(path)?;
    file.1.write_all(text.as_bytes())?;
    file.1.sync_all()?;
    std::fs::rename(&file.0, path)
}

/// A name of its own until it is whole: whoever looks into the folder sees no half letter.
fn tempfile_beside(path: &std::path::Path) -> std::io::Result<(PathBuf, std::fs::File)> {
    let part = path.with_extension("part");
    let file = std::fs::File::create(&part)?;
    Ok((part, file))
}

/// A letter as RFC 5322 has it: UTF-8 in base64, so that no line is too long and no text can end a header.
fn eml(sender: &str, letter: &MailRow) -> String {
    let body = STANDARD.encode(letter.body.replace('\n', "\r\n"));
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(LINE)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    let head = [
        format!("From: {sender}"),
        format!("To: {}", letter.to),
        format!("Subject: =?utf-8?B?{}?=", STANDARD.encode(&letter.subject)),
        format!("Message-ID: <{}@earnest>", letter.id),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: base64".to_owned(),
    ];
    format!("{}\r\n\r\n{}\r\n", head.join("\r\n"), lines.join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_letter_can_end_a_header() {
        let letter = MailRow {
            id: earnest_hire::ids::MailId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]),
            to: "ada@example.org".parse().unwrap(),
            subject: "Hello\r\nBcc: everybody@example.org".to_owned(),
            body: "A line\nand Grüße\n".repeat(20),
            attempts: 0,
        };
        let text = eml("site@example.org", &letter);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(head.lines().count(), 7, "{head}");
        assert!(!head.contains("Bcc"));
        assert!(body.lines().all(|line| line.len() <= LINE), "{body}");
        let read = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        assert_eq!(
            String::from_utf8(read).unwrap(),
            letter.body.replace('\n', "\r\n")
        );
    }
}
