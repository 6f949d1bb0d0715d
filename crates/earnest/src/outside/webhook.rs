//! Bringing messages to programs of other people. Their addresses were typed by people whom nobody checked: a host is resolved
//! here each time, all that it resolves to must be public, and the very address that was checked is dialled. No redirect is
//! followed, everything has a limit, and of the answer only the status is read.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use earnest_app::outside::webhook::{Looking, Parcel, Posting, Postman};
use earnest_app::webhook::{Destination, Host, Scheme};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long resolving and connecting may take, each.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long all of it may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Reaches receivers on the public internet, and the one that the configuration allows on this machine.
pub(crate) struct Dialler {
    tls: TlsConnector,
    allowed: Option<SocketAddr>,
}

impl Dialler {
    /// Certificates are checked against those of the system.
    pub(crate) fn new(allowed: Option<SocketAddr>) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(roots, allowed)
    }

    fn trusting(roots: RootCertStore, allowed: Option<SocketAddr>) -> anyhow::Result<Self> {
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            allowed,
        })
    }

    /// The address to dial, checked.
    async fn resolve(&self, to: &Destination) -> Result<SocketAddr, String> {
        let found: Vec<SocketAddr> = match &to.host {
            Host::Ip(ip) => vec![SocketAddr::new(*ip, to.port)],
            Host::Name(name) => match timeout(CONNECT_WITHIN, lookup_host((name.as_str(), to.port))).await {
                Ok(Ok(found)) => found.collect(),
                Ok(Err(_unknown)) => return Err("No machine of that name was found.".to_owned()),
                Err(_elapsed) => return Err("Looking the name up took too long.".to_owned()),
            },
        };
        to.fit(&found, self.allowed).map_err(|unfit| unfit.to_string())
    }

    async fn bring(&self, to: &Destination, parcel: &Parcel) -> Result<u16, String> {
        let request = request(to, parcel).map_err(|error| format!("The message cannot be sent: {error}."))?;
        let address = self.resolve(to).await?;
        let stream = match timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(_refused)) => return Err("It accepts no connection.".to_owned()),
            Err(_elapsed) => return Err("It did not accept a connection in time.".to_owned()),
        };
        match to.scheme {
            Scheme::Http => exchange(stream, request).await,
            Scheme::Https => {
                let name = match &to.host {
                    Host::Name(name) => {
                        ServerName::try_from(name.clone()).map_err(|error| error.to_string())?
                    }
                    Host::Ip(ip) => ServerName::from(*ip),
                };
                let stream = self.tls.connect(name, stream).await;
                let stream =
                    stream.map_err(|_why| "Its certificate or its TLS cannot be trusted.".to_owned())?;
                exchange(stream, request).await
            }
        }
    }
}

fn request(to: &Destination, parcel: &Parcel) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    Request::post(to.path.as_str())
        .header(header::HOST, to.authority())
        .header(header::USER_AGENT, "Earnest")
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", parcel.id.as_str())
        .header("webhook-timestamp", parcel.timestamp.as_str())
        .header("webhook-signature", parcel.signature.as_str())
        .body(Full::new(Bytes::from(parcel.body.clone())))
}

/// Only the status is read: what else a receiver answers is nobody's business here.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let lost = |_why: hyper::Error| "It broke the connection off.".to_owned();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    let mut answer = pin!(sender.send_request(request));
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        // What had arrived before the connection ended can still be an answer.
        _ended = connection => answer.await,
    };
    Ok(answer.map_err(lost)?.status().as_u16())
}

impl Postman for Dialler {
    fn look<'a>(&'a self, to: &'a Destination) -> Looking<'a> {
        Box::pin(async move { self.resolve(to).await.map(|_address| ()) })
    }

    fn post<'a>(&'a self, to: &'a Destination, parcel: &'a Parcel) -> Posting<'a> {
        Box::pin(async move {
            let brought = timeout(WITHIN, self.bring(to, parcel)).await;
            brought.unwrap_or_else(|_elapsed| {
                Err(format!("It did not answer within {} seconds.", WITHIN.as_secs()))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn parcel() -> Parcel {
        Parcel {
            id: "whd_1".to_owned(),
            timestamp: "1".to_owned(),
            signature: "v1,abc".to_owned(),
            body: "{\"type\":\"message.sent\"}".to_owned(),
        }
    }

    /// Answers one connection with these bytes and gives what it was sent.
    async fn once(listener: TcpListener, answer: &str) -> String {
        let (mut stream, _from) = listener.accept().await.unwrap();
        let (mut got, mut buffer) = (Vec::new(), [0; 4096]);
        while !String::from_utf8_lossy(&got).ends_with('}') {
            let read = stream.read(&mut buffer).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&got));
            got.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(got).unwrap()
    }

    async fn posted(answer: &str) -> (Result<u16, String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}/hook?a=1");
        let to = Destination::read(&url, Some(address)).unwrap();
        let dialler = Dialler::trusting(RootCertStore::empty(), Some(address)).unwrap();
        let parcel = parcel();
        tokio::join!(dialler.post(&to, &parcel), once(listener, answer))
    }

    #[tokio::test]
    async fn a_message_is_brought_with_its_three_headers() {
        let (answer, got) = posted("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(answer, Ok(204));
        assert!(got.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{got}");
        for line in [
            "webhook-id: whd_1\r\n",
            "webhook-timestamp: 1\r\n",
            "webhook-signature: v1,abc\r\n",
            "content-type: application/json\r\n",
            "host: 127.0.0.1:",
        ] {
            assert!(got.contains(line), "{line} {got}");
        }
        assert!(got.ends_with("\r\n\r\n{\"type\":\"message.sent\"}"), "{got}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_and_nonsense_is_no_answer() {
        let (answer, _got) = posted("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n").await;
        assert_eq!(answer, Ok(302));
        let (answer, _got) = posted("root:x:0:0:secret of another machine\r\n\r\n").await;
        assert_eq!(answer, Err("It broke the connection off.".to_owned()));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_dialled() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // As it would be read back if a name had become one of this machine after it was saved.
        let to = Destination {
            host: Host::Name("localhost".to_owned()),
            port: address.port(),
            path: "/".to_owned(),
            scheme: Scheme::Https,
        };
        for allowed in [None, Some(address)] {
            let dialler = Dialler::trusting(RootCertStore::empty(), allowed).unwrap();
            let refused = dialler.post(&to, &parcel()).await.unwrap_err();
            assert!(refused.contains("not on the public internet"), "{refused}");
            assert!(dialler.look(&to).await.is_err());
        }
        let direct = Destination {
            host: Host::Ip(address.ip()),
            scheme: Scheme::Http,
            ..to
        };
        let strict = Dialler::trusting(RootCertStore::empty(), None).unwrap();
        assert!(strict.post(&direct, &parcel()).await.is_err());
        let accepted = tokio::select! {
            biased;
            _came = listener.accept() => true,
            () = std::future::ready(()) => false,
        };
        assert!(!accepted, "nothing was dialled");
    }

    #[tokio::test]
    async fn a_receiver_that_is_not_there_is_told_of_in_our_words() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let to = Destination::read(&format!("http://{address}/"), Some(address)).unwrap();
        let dialler = Dialler::trusting(RootCertStore::empty(), Some(address)).unwrap();
        assert_eq!(
            dialler.post(&to, &parcel()).await,
            Err("It accepts no connection.".to_owned())
        );
    }
}
