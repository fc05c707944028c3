//! Servers that do not answer as a daemon does. Nothing that they send is a block, so nothing here needs one.

use std::net::TcpStream;
use std::time::Duration;

use super::server::{Request, Server, head, send, send_for_ever, wait, whole};
use super::{Answer, KEY, ask};

/// Asks the server for an account, over HTTP, with a limit that it may use up.
fn ask_server(server: &Server, timeout: &str) -> Answer {
    ask(&[
        "account",
        KEY,
        "--node",
        &server.url("http"),
        "--timeout",
        timeout,
        "--network",
        "devnet",
        "--json",
    ])
}

/// Asserts that it is an error which says `told`, and nothing else.
pub fn is_error(answer: &Answer, told: &str) {
    assert_eq!(answer.status, Some(2), "{told}: {answer:?}");
    assert!(answer.line.is_null() && answer.errors.contains(told), "{told}: {answer:?}");
    assert!(answer.errors.lines().count() == 1 && answer.errors.len() < 400, "{answer:?}");
    assert!(!answer.errors.trim_end().contains(char::is_control), "{answer:?}");
}

/// Shorter than the limit of those that use it up.
const PAUSE: Duration = Duration::from_millis(40);

type Script = fn(&Request, &mut TcpStream);

#[test]
fn a_server_that_never_ends_is_given_up_in_time() {
    let scripts: [(&str, Script); 6] = [
        ("nothing", |_, stream| wait(stream)),
        ("a head without an end", |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nX: ");
            send_for_ever(stream, b"x", PAUSE);
        }),
        ("interim answers without an end", |_, stream| {
            send_for_ever(stream, b"HTTP/1.1 102 Processing\r\n\r\n", PAUSE);
        }),
        ("a body that stalls", |_, stream| {
            send(stream, &head("200 OK", "Content-Length: 100\r\n"));
            send(stream, b"{\"data\":");
            wait(stream);
        }),
        ("a byte at a time", |_, stream| {
            send(stream, &head("200 OK", "Content-Length: 1000\r\n"));
            send_for_ever(stream, b" ", PAUSE);
        }),
        ("a piece at a time", |_, stream| {
            send(stream, &head("200 OK", "Transfer-Encoding: chunked\r\n"));
            send_for_ever(stream, b"1\r\n \r\n", PAUSE);
        }),
    ];
    for (name, script) in scripts {
        let server = Server::new(script);
        let answer = ask_server(&server, "0.3");
        is_error(&answer, "no whole answer within 0.3 s");
        assert!(answer.errors.contains("node http://127.0.0.1:"), "{name}: {answer:?}");
    }
    // TLS, whose handshake the server never takes up.
    let server = Server::new(|_, stream| wait(stream));
    let args = ["account", KEY, "--node", &server.url("https"), "--timeout", "0.3", "--json"];
    is_error(&ask(&args), "no whole answer within 0.3 s");
}

#[test]
fn an_answer_that_is_cut_off_is_none() {
    let scripts: [Script; 5] = [
        |_, _| (),
        |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Le");
        },
        |_, stream| {
            send(stream, &head("200 OK", "Content-Length: 100\r\n"));
            send(stream, b"{\"data\":{\"bestChain\":[]}}");
        },
        |_, stream| {
            send(stream, &head("200 OK", "Transfer-Encoding: chunked\r\n"));
            send(stream, b"19\r\n{\"data\":{\"bestChain\":[]}}\r\n");
        },
        |_, stream| {
            send(stream, &head("200 OK", "Transfer-Encoding: chunked\r\n"));
            send(stream, b"zz\r\n{\"data\":{\"bestChain\":[]}}\r\n0\r\n\r\n");
        },
    ];
    for script in scripts {
        let answer = ask_server(&Server::new(script), "20");
        is_error(&answer, "node http://127.0.0.1:");
        // What came before the end is not taken for the whole.
        assert!(!answer.errors.contains("best chain") && !answer.errors.contains("within"), "{answer:?}");
    }
}

#[test]
fn an_answer_beyond_its_bounds_is_not_read() {
    let scripts: [(Script, &str); 6] = [
        (
            |_, stream| {
                send(stream, &head("200 OK", "Content-Length: 1000000000000\r\n"));
                wait(stream);
            },
            "an answer of more than 4194304 bytes",
        ),
        (
            |_, stream| {
                send(stream, &head("200 OK", "Transfer-Encoding: chunked\r\n"));
                let piece = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
                send_for_ever(stream, &piece, Duration::ZERO);
            },
            "an answer of more than 4194304 bytes",
        ),
        (
            |_, stream| {
                send(stream, &head("200 OK", ""));
                send_for_ever(stream, &[b' '; 0x10000], Duration::ZERO);
            },
            "an answer of more than 4194304 bytes",
        ),
        (
            |_, stream| {
                send(stream, b"HTTP/1.1 200 OK\r\n");
                send_for_ever(stream, &[b"X: ", [b'x'; 1000].as_slice(), b"\r\n"].concat(), Duration::ZERO);
            },
            "header",
        ),
        (
            |_, stream| {
                send(stream, &whole(&"[".repeat(1 << 20)));
            },
            "recursion limit",
        ),
        (
            |_, stream| {
                let blocks = ["{\"stateHash\":\"3N\"}"; 2].join(",");
                send(stream, &whole(&format!("{{\"data\":{{\"bestChain\":[{blocks}]}}}}")));
            },
            "bestChain: more than 1",
        ),
    ];
    for (script, told) in scripts {
        is_error(&ask_server(&Server::new(script), "20"), told);
    }
}

#[test]
fn an_answer_of_another_kind_is_told_shortly() {
    for (answer, told) in [
        (
            head("302 Found", "Location: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"),
            "is a redirection (HTTP status 302)",
        ),
        (
            head("307 Temporary Redirect", "Location: /graphql\r\nContent-Length: 0\r\n"),
            "is a redirection (HTTP status 307)",
        ),
        (head("502 Bad Gateway", "Content-Length: 0\r\n"), "has the HTTP status 502"),
        (head("404 Not Found", "Content-Length: 2\r\n\r\n{}"), "has the HTTP status 404"),
        (head("204 No Content", ""), "the daemon's answer cannot be read"),
        (b"220 mail.example ESMTP\r\n\r\n".to_vec(), "node http://127.0.0.1:"),
        (whole("<html>"), "the daemon's answer cannot be read"),
        (whole("{\"data\":{\"bestChain\":[]}} {}"), "trailing characters"),
        (whole("{\"data\":{\"bestChain\":[],\"bestChain\":null}}"), "twice"),
        (whole("{\"data\":null}"), "bestChain: "),
        (whole("{\"data\":{\"bestChain\":null}}"), "not synchronised yet"),
        (whole("{\"data\":{\"bestChain\":[{\"stateHash\":\"3N\\u001b[31m\"}]}}"), "bestChain[0].stateHash"),
        (whole("{\"errors\":[{\"message\":\"no\\n\\u001b[2Jvalid\"}]}"), "is an error: no\\n\\u{1b}[2Jvalid"),
        (
            whole(&format!("{{\"data\":{{}},\"errors\":[{{\"message\":\"{}\"}}]}}", "x".repeat(100_000))),
            "is an error: xxx",
        ),
        (whole("{\"errors\":[]}"), "is an error: without a message"),
    ] {
        let server = Server::new(move |_, stream| {
            send(stream, &answer);
        });
        is_error(&ask_server(&server, "20"), told);
    }
    // What a daemon says of a query that it refuses.
    let refused = whole("{\"errors\":[{\"message\":\"Field 'bestChain' is not defined\"}]}");
    let refused = String::from_utf8(refused).expect("text").replace("200 OK", "400 Bad Request");
    let server = Server::new(move |_, stream| {
        send(stream, refused.as_bytes());
    });
    is_error(&ask_server(&server, "20"), "is an error: Field 'bestChain' is not defined");
}

/// A name and a password in the address are sent, and in no message.
#[test]
fn what_may_be_a_secret_is_not_told() {
    let server = Server::of_bodies(|request| {
        let said = if request.head.contains("Basic bWU6aHVudGVyMg==") { "welcome" } else { "who are you" };
        format!("{{\"errors\":[{{\"message\":\"{said}\"}}]}}")
    });
    let url =
        server.url("http").replace("http://", "http://me:hunter2@").replace("graphql", "graphql?key=hunter2");
    let answer = ask(&["account", KEY, "--node", &url, "--network", "devnet"]);
    is_error(&answer, "is an error: welcome");
    assert!(!answer.errors.contains("hunter2") && !answer.errors.contains("me:"), "{answer:?}");
    for address in
        ["ftp://me:hunter2@localhost/", "localhost:3085/hunter2", "http://", "https:///hunter2", "hunter2 "]
    {
        let answer = ask(&["account", KEY, "--node", address]);
        is_error(&answer, "--node: the address of a daemon is http://HOST:PORT/graphql");
        assert!(!answer.errors.contains("hunter2"), "{answer:?}");
    }
    // Nobody listens there any more.
    let url = server.url("http");
    drop(server);
    is_error(&ask(&["account", KEY, "--node", &url]), "node http://127.0.0.1:");
}

#[test]
fn a_limit_is_a_number_of_seconds() {
    for limit in ["0", "-1", "x", "NaN", "inf", "1e30"] {
        let answer = ask(&["account", KEY, "--node", "http://127.0.0.1:1", &format!("--timeout={limit}")]);
        assert_eq!(answer.status, Some(2));
        assert!(answer.errors.contains("not a number of seconds above 0"), "{answer:?}");
    }
    // What says how a daemon is asked takes a daemon.
    for args in [
        &["account", "a.json", "--tip", "b", "--timeout", "1"][..],
        &["account", "a.json", "--tip", "b", "--token", "w"],
        &["light", "--held", "a", "b", "--length", "2"],
        &["light", "--held", "a", "b", "--account", "c", "--token", "w"],
        &["verify", "a", "--timeout", "1"],
    ] {
        is_error(&ask(args), "it takes --node");
    }
    let answer = ask(&["account", "B62qx", "--node", "http://127.0.0.1:1"]);
    is_error(&answer, "with --node an account is a public key");
}
