//! Letters as files in a folder: one `.eml` a letter, the message that a mail server would get, which any mail program opens.

mod message;
pub(crate) mod smtp;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use earnest_app::outside::mail::{Mailer, NotSent, Sending};
use earnest_store::MailRow;
use lettre::message::Mailbox;

use self::message::{Head, message};

/// Writes letters into a folder.
pub(crate) struct FolderMailer {
    folder: PathBuf,
    from: Mailbox,
    origin: String,
}

impl FolderMailer {
    /// For a folder, which is made with the first letter; they come from somebody of that name and address, and their
    /// links lead to the site.
    pub(crate) fn new(folder: PathBuf, (name, from): (&str, &str), origin: &str) -> anyhow::Result<Self> {
        let from = from.parse().context("operator.email")?;
        Ok(Self {
            folder,
            from: Mailbox::new(Some(name.to_owned()), from),
            origin: origin.to_owned(),
        })
    }
}

impl Mailer for FolderMailer {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        let path = self.folder.join(format!("{}.eml", letter.id));
        let head = Head {
            from: &self.from,
            reply_to: None,
            origin: &self.origin,
        };
        let text = message(letter, &head).map(|(_, message)| message.formatted());
        Box::pin(async move {
            let text = text?;
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

fn write(path: &std::path::Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = tempfile_beside(path)?;
    file.1.write_all(text)?;
    file.1.sync_all()?;
    std::fs::rename(&file.0, path)
}

/// A name of its own until it is whole: whoever looks into the folder sees no half letter.
fn tempfile_beside(path: &std::path::Path) -> std::io::Result<(PathBuf, std::fs::File)> {
    let part = path.with_extension("part");
    let file = std::fs::File::create(&part)?;
    Ok((part, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str) -> MailRow {
        MailRow {
            id: earnest_hire::ids::MailId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]),
            to: "ada@example.org".parse().unwrap(),
            subject: subject.to_owned(),
            body: "Hello Ada,\n\nto come in:\n\nhttps://hire.example/sign-in/secret\n".to_owned(),
            attempts: 0,
        }
    }

    #[tokio::test]
    async fn a_letter_in_the_folder_is_the_message_that_a_server_would_get() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::new(
            folder.path().join("mail"),
            ("Grüße & Co", "olga@hire.example"),
            "https://hire.example",
        )
        .unwrap();
        let whole = letter("Grüße");
        mailer.send(&whole).await.unwrap();
        let path = folder.path().join("mail").join(format!("{}.eml", whole.id));
        let text = std::fs::read_to_string(path).unwrap();
        for part in [
            "To: ada@example.org\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
            // the text as it is, with its link in one piece
            "\r\nhttps://hire.example/sign-in/secret\r\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let evil = letter("Hello\r\nBcc: everybody@example.org");
        let refused = mailer.send(&evil).await.unwrap_err();
        assert!(matches!(refused, NotSent::Never { .. }), "{refused:?}");
    }
}
